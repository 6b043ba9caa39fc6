/** The people of a random history, and its counts. */
import type { CiphersuiteImpl } from "ts-mls";
import type { OwnKeyPackage } from "../../protocol/mls/key-package.ts";
import type { Client } from "../../protocol/mls/members-fixture.ts";
import type { CipherSuite } from "../../protocol/mls/suite.ts";
import type { Random } from "../torture/random.ts";
import type { Member } from "./member.ts";

export interface HistoryOptions {
  readonly seed: number;
  readonly commits: number;
  readonly most: number;
  readonly suite: CipherSuite;
  readonly impl: CiphersuiteImpl;
}

export interface Counts {
  commits: number;
  joins: number;
  external: number;
  messages: number;
  byTsMls: number;
  tsMlsMembers: number;
  /** Valid trees that ts-mls refuses to join (L1). */
  refusedByTsMls: number;
}

export interface Person {
  readonly client: Client;
  readonly member: Member;
}
export interface Newcomer {
  readonly client: Client;
  readonly own: OwnKeyPackage;
  readonly ours: boolean;
}

export const NOTHING: Counts = {
  commits: 0,
  joins: 0,
  external: 0,
  messages: 0,
  byTsMls: 0,
  tsMlsMembers: 0,
  refusedByTsMls: 0,
};

/** Returns this many of them, randomly chosen, in any order. */
export function someOf<T>(random: Random, items: readonly T[], count: number): T[] {
  const left = [...items];
  const taken: T[] = [];
  while (taken.length < count && left.length > 0)
    taken.push(...left.splice(random.between(0, left.length - 1), 1));
  return taken;
}

/**
 * Returns whether the left half of the tree becomes blank. Then the root is not on the filtered direct path,
 * and the commit secret comes from the end of the path (§12.4.1, and the working group's #690); ts-mls
 * continues to the root. Ours has a test of its own.
 */
export function leavesLeftHalfBlank(leaves: readonly number[], removed: readonly number[]): boolean {
  const left = leaves.filter((leaf) => !removed.includes(leaf));
  let width = 1;
  while (width <= Math.max(...left)) width *= 2;
  return Math.min(...left) >= width / 2;
}
