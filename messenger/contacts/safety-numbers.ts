/** Safety numbers of the user and another person, for comparing keys out of band. */
import { UsageError } from "../../protocol/errors.ts";
import { safetyNumber } from "../../protocol/identity/safety-number.ts";
import type { Username } from "../../protocol/names.ts";
import type { Member } from "../account/account.ts";
import type { ChangedNumbers, KeyChange, Shown } from "../model.ts";
import { assertShown } from "../shown.ts";
import { type Contact, trustOf } from "./contact.ts";

/** Returns the safety number by the pinned key of the peer; undefined without an account or a pinned key. */
export function numberWith(
  member: Member | undefined,
  peer: Username,
  { identityKey }: Contact,
): Shown<"number"> | undefined {
  return numberByKey(member, peer, identityKey);
}

/** Returns the numbers by the pinned key and by the one that came instead; undefined if the key has not changed. */
export function changedNumbersWith(
  member: Member | undefined,
  peer: Username,
  contact: Contact,
  keyChange: KeyChange | undefined,
): ChangedNumbers | undefined {
  const pinnedNumber = numberByKey(member, peer, contact.identityKey);
  const offeredNumber = numberByKey(member, peer, contact.changedTo);
  if (keyChange === undefined || pinnedNumber === undefined || offeredNumber === undefined) return undefined;
  return { ...keyChange, pinnedNumber, offeredNumber };
}

/** @throws UsageError "number-changed" if the number on screen is not that of the peer's trusted key */
export function assertNumberShown(
  number: Shown<"number">,
  member: Member | undefined,
  peer: Username,
  contact: Contact,
): void {
  assertShown(number, numberWith(member, peer, contact), "number-changed");
  if (trustOf(contact) === "changed")
    throw new UsageError("number-changed", `Another key came in the name of ${peer}`);
}

function numberByKey(
  member: Member | undefined,
  peer: Username,
  key: Uint8Array | undefined,
): Shown<"number"> | undefined {
  if (member === undefined || key === undefined) return undefined;
  const { membership, identity } = member;
  const me = { name: membership.name, identityKey: identity.publicKey };
  return safetyNumber(me, { name: peer, identityKey: key }) as Shown<"number">;
}
