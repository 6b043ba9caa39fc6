/** A message's position among those its sender sealed here. A server can drop and reorder them, and this shows it. */
import type { Group } from "../mls/group.ts";
import type { LeafIndex } from "../mls/tree-math.ts";

export type Order =
  | { readonly type: "next" }
  /** So many before it have not come (yet). */
  | { readonly type: "ahead"; readonly missing: number }
  /** Others, sealed after it, have come before it. */
  | { readonly type: "late" };

/**
 * @param before the group before the message was opened. @param after and after it
 * @param epoch of the message. @param sender in all epochs that are kept
 */
export function orderOf(before: Group, after: Group, epoch: bigint, sender: LeafIndex): Order {
  const epochs = [before.context.epoch, ...before.past.map(({ context }) => context.epoch)];
  const overtaken = epochs.some((one) => one > epoch && nextGeneration(before, one, sender) > 0);
  const [was, now] = [nextGeneration(before, epoch, sender), nextGeneration(after, epoch, sender)];
  if (overtaken || now <= was) return { type: "late" };
  const missing = now - was - 1;
  return missing === 0 ? { type: "next" } : { type: "ahead", missing };
}

/** @returns the generation (RFC 9420 §9.1) that the member's next message of an epoch has, as far as this group has seen */
function nextGeneration(group: Group, epoch: bigint, leaf: LeafIndex): number {
  const tree =
    epoch === group.context.epoch
      ? group.secretTree
      : group.past.find(({ context }) => context.epoch === epoch)?.secretTree;
  return tree?.ratchets[leaf]?.application.generation ?? 0;
}
