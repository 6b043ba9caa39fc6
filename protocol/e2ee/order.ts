/**
 * A message's position in the order in which its sender sealed it. The server can drop and reorder messages;
 * this reveals it.
 */
import type { Group } from "../mls/group.ts";
import type { LeafIndex } from "../mls/tree-math.ts";

export type Order =
  | { readonly type: "next" }
  /** This many messages before it have not arrived (yet). */
  | { readonly type: "ahead"; readonly missing: number }
  /** Messages sealed after it have arrived before it. */
  | { readonly type: "late" };

/**
 * Compares a message's position with the ones opened so far.
 * @param before the group before the message was opened
 * @param after the group afterwards
 * @param epoch of the message
 * @param sender the same leaf in all epochs that are kept
 */
export function orderOf(before: Group, after: Group, epoch: bigint, sender: LeafIndex): Order {
  const epochs = [before.context.epoch, ...before.past.map(({ context }) => context.epoch)];
  const overtaken = epochs.some((one) => one > epoch && nextGeneration(before, one, sender) > 0);
  const [was, now] = [nextGeneration(before, epoch, sender), nextGeneration(after, epoch, sender)];
  if (overtaken || now <= was) return { type: "late" };
  const missing = now - was - 1;
  return missing === 0 ? { type: "next" } : { type: "ahead", missing };
}

/**
 * Returns the generation (RFC 9420 §9.1) of the member's next message in an epoch, as far as this group has
 * seen.
 */
function nextGeneration(group: Group, epoch: bigint, leaf: LeafIndex): number {
  const tree =
    epoch === group.context.epoch
      ? group.secretTree
      : group.past.find(({ context }) => context.epoch === epoch)?.secretTree;
  return tree?.ratchets[leaf]?.application.generation ?? 0;
}
