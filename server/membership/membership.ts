/**
 * Decides about joining and inviting. Accounts cost nothing to make, so a member's invites, those of
 * everybody who joined by them, and all accounts together are bounded; for the operator's command line only
 * the last bound applies.
 */
import type { Username } from "../../protocol/names.ts";
import { ErrorCode } from "../../protocol/wire/parley_pb.ts";
import { Refusal } from "../gateway/refusal.ts";
import type { ServerLimits } from "../limits.ts";
import { DAY_MS, HOUR_MS } from "../operations/duration.ts";
import type { Member, Store } from "../store/store.ts";
import { words } from "../words/words.ts";

export type MembershipLimits = Pick<
  ServerLimits,
  "members" | "inviteAfterHours" | "newcomersPerDay" | "memberInvites" | "memberInviteRows" | "invites"
>;

/**
 * Checks whether another account may be made.
 * @param invitedBy the member whose invite is used; absent: the operator
 * @throws Refusal MEMBERS_FULL, INVITE_LATER; INVITE_INVALID if the inviter is no longer a member
 */
export function requireRoom(
  { directory }: Store,
  limits: MembershipLimits,
  invitedBy: Username | undefined,
  now: number,
): void {
  requireFewerThan(directory.count(), limits);
  if (invitedBy === undefined) return;
  const inviter = directory.find(invitedBy);
  if (inviter === undefined || inviter.revokedAt !== undefined)
    throw new Refusal(ErrorCode.INVITE_INVALID, words.refusals.signIn.inviterRevoked);
  // A day to both sides: the clock may have been ahead when some of them joined.
  if (directory.countInTree(invitedBy, now - DAY_MS, now + DAY_MS) >= limits.newcomersPerDay)
    throw new Refusal(ErrorCode.INVITE_LATER, words.refusals.signIn.newcomers(limits.newcomersPerDay));
}

/**
 * Checks whether a member may invite.
 * @throws Refusal NEWCOMER, MEMBERS_FULL, TOO_MANY_INVITES
 */
export function requireMayInvite(
  { directory, invites }: Store,
  limits: MembershipLimits,
  name: Username,
  now: number,
): void {
  const member = directory.find(name);
  if (member !== undefined && isNewcomer(member, limits, now))
    throw new Refusal(ErrorCode.NEWCOMER, words.refusals.invite.later(limits.inviteAfterHours));
  requireFewerThan(directory.count(), limits);
  const { memberInvites, memberInviteRows } = limits;
  if (invites.countUnused(name) >= memberInvites || invites.count(name) >= memberInviteRows)
    throw new Refusal(ErrorCode.TOO_MANY_INVITES, words.refusals.invite.unused(memberInvites));
  if (invites.count() >= limits.invites)
    throw new Refusal(ErrorCode.TOO_MANY_INVITES, words.refusals.invite.tooMany(limits.invites));
}

/**
 * Returns whether a member has to wait before inviting. A join date in the future means that the clock was
 * ahead then; such members wait only if the date is less than the wait ahead.
 */
function isNewcomer({ invitedBy, enrolledAt }: Member, limits: MembershipLimits, now: number): boolean {
  return invitedBy !== undefined && Math.abs(now - enrolledAt) < limits.inviteAfterHours * HOUR_MS;
}

function requireFewerThan(members: number, limits: MembershipLimits): void {
  if (members >= limits.members)
    throw new Refusal(ErrorCode.MEMBERS_FULL, words.refusals.signIn.full(limits.members));
}
