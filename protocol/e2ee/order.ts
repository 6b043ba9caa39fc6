/** Where a message stands among those its sender sealed here. Who delivers them can drop and reorder them, and this tells. */
import { type EpochKeys, nextGeneration } from "./epoch-keys.ts";

export type Order =
  | { readonly type: "next" }
  /** So many before it have not come (yet). */
  | { readonly type: "ahead"; readonly missing: number }
  /** Others, sealed after it, have come before it. */
  | { readonly type: "late" };

/**
 * @param keys of the message's epoch, before it was opened
 * @param epochs all whose messages open
 * @param after the secret tree of `keys` once the message was opened
 * @param leafIndex of its sender
 */
export function orderOf(
  keys: EpochKeys,
  epochs: readonly EpochKeys[],
  after: EpochKeys["secretTree"],
  leafIndex: number,
): Order {
  const overtaken = epochs.some(
    ({ groupContext, secretTree }) =>
      groupContext.epoch > keys.groupContext.epoch && nextGeneration(secretTree, leafIndex) > 0,
  );
  const [before, now] = [nextGeneration(keys.secretTree, leafIndex), nextGeneration(after, leafIndex)];
  if (overtaken || now <= before) return { type: "late" };
  const missing = now - before - 1;
  return missing === 0 ? { type: "next" } : { type: "ahead", missing };
}
