/**
 * Decides whether a person may sign in. An unknown name and a known name with another key get the same answer
 * after the same work, so that a stranger learns no names. The handshake has already checked the Ed25519
 * signature.
 */
import { timingSafeEqual } from "node:crypto";
import type { Username } from "../../protocol/names.ts";
import { ErrorCode } from "../../protocol/wire/parley_pb.ts";
import { type MembershipLimits, requireRoom } from "../membership/membership.ts";
import type { Store } from "../store/store.ts";
import { words } from "../words/words.ts";
import { Refusal } from "./refusal.ts";

export interface Claim {
  readonly name: Username;
  /** 32 bytes, proved by signature. */
  readonly identityKey: Uint8Array;
  readonly inviteToken?: Uint8Array | undefined;
}

export interface SignedIn {
  readonly name: Username;
  readonly identityKey: Uint8Array;
  /** `renewed`: the name had another key before, whose conversations are over. */
  readonly how: "known" | "enrolled" | "renewed";
}

/**
 * Signs a person in; enrols them if an invite allows it. The caller waits for the commit before it sends the
 * welcome. For a known person nothing changes.
 * @param begins called if others have used that name before, under another key or while it had no account:
 * makes the other changes in the same transaction
 * @throws Refusal AUTH_REFUSED, INVITE_INVALID, INVITE_USED, INVITE_EXPIRED, NAME_TAKEN, MEMBERS_FULL,
 * INVITE_LATER
 */
export function signIn(
  store: Store,
  claim: Claim,
  limits: MembershipLimits,
  now: number,
  begins: (name: Username) => void = () => {},
): SignedIn {
  const { name, identityKey, inviteToken } = claim;
  const member = store.directory.find(name);
  const sameKey = timingSafeEqual(member?.identityKey ?? new Uint8Array(identityKey.length), identityKey);
  if (member !== undefined && member.revokedAt === undefined && sameKey)
    return { name, identityKey, how: "known" };
  if (inviteToken === undefined) throw new Refusal(ErrorCode.AUTH_REFUSED, words.refusals.signIn.unknown);
  return store.atomically(() => {
    const terms = store.invites.find(inviteToken);
    if (terms === undefined || (terms.reservedFor !== undefined && terms.reservedFor !== name))
      throw new Refusal(ErrorCode.INVITE_INVALID, words.refusals.signIn.noInvite);
    if (terms.expiresAt <= now)
      throw new Refusal(ErrorCode.INVITE_EXPIRED, words.refusals.signIn.inviteExpired);
    if (terms.uses <= 0) throw new Refusal(ErrorCode.INVITE_USED, words.refusals.signIn.inviteUsed);
    if (member !== undefined && terms.reservedFor === undefined)
      throw new Refusal(ErrorCode.NAME_TAKEN, words.refusals.signIn.nameTaken);
    if (member === undefined || member.revokedAt !== undefined)
      requireRoom(store, limits, terms.createdBy, now);
    if (!store.invites.spend(inviteToken, now))
      throw new Refusal(ErrorCode.INVITE_USED, words.refusals.signIn.inviteUsed);
    store.directory.enrol(name, identityKey, now, terms.createdBy);
    if (member !== undefined || store.conversations.countAskedOf(name) > 0) begins(name);
    return { name, identityKey, how: member === undefined ? "enrolled" : "renewed" };
  });
}
