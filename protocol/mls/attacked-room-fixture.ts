/**
 * A room of eight members, one of whom breaks the rules: checks that all others refuse its messages for the
 * same reason and keep their state.
 */
import assert from "node:assert/strict";
import { newInitSecret } from "./external-init.ts";
import { forgeCommit, type Spoil } from "./forgery-fixture.ts";
import type { Group } from "./group.ts";
import { externalKeyPair } from "./key-schedule.ts";
import { commitIn, groupAt, type Room, roomOf, suite1 } from "./members-fixture.ts";
import type { Policy } from "./policy.ts";
import type { Proposal } from "./proposal.ts";
import { receive } from "./receive.ts";
import { storedChanges } from "./store.ts";
import { leafIndex } from "./tree-math.ts";

export const NAMES = ["a", "b", "c", "d", "e", "f", "g", "h"];
/** Returns a room of eight people in a full tree in which every node has keys. */
function populated(): Room {
  let room = roomOf(NAMES);
  for (const i of NAMES.keys()) room = commitIn(room, i, {}).room;
  return room;
}
export const room = populated();
export const insider = groupAt(room, 0);
export const others = room.slice(1);
export const remove = (i: number): Proposal => ({ type: "remove", removed: leafIndex(i) });
export const none: Policy = {};

export type Kind = abstract new (...args: never[]) => Error;

/** Asserts that everybody refuses for this reason and keeps their state. */
export function refusedBy(
  members: Room,
  message: Uint8Array,
  kind: Kind,
  section: string,
  policy = none,
): void {
  for (const group of members) refusedByOne(group, message, kind, section, policy);
}
export function refusedByOne(
  group: Group,
  message: Uint8Array,
  kind: Kind,
  section: string,
  policy = none,
): void {
  const before = [...storedChanges(undefined, group).put].map(([name, bytes]) => [name, bytes.slice()]);
  assert.throws(
    () => receive(group, message, policy),
    (error) => {
      assert(error instanceof kind, String(error));
      assert.equal((error as { section?: string }).section, section, String(error));
      return true;
    },
  );
  assert.deepEqual([...storedChanges(undefined, group).put], before, "its state has changed");
}
export const forged = (spoil: Spoil) => forgeCommit(insider, spoil);

export function externalInit() {
  const { publicKey } = externalKeyPair(suite1, insider.secrets.externalSecret);
  return newInitSecret(suite1, publicKey);
}
