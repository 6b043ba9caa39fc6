/**
 * Applies changes to messages. A change has a row of its own only as long as necessary: an outgoing one until all receivers have it, so
 * that it waits, gets receipts and is sealed again like a message; a received one until its target arrives. The results are stored with the target.
 */
import { amendOf, type Body, isChange, isChangeable } from "../kinds/body.ts";
import type { Results, Written } from "../kinds/kind.ts";
import type { Amended } from "../store/messages.ts";
import type { StoredMessage } from "../store/stored-message.ts";

/** Bounds the changes of one person that wait for their targets in a chat, since the targets may not exist. */
export const MOST_EARLY_CHANGES = { rows: 1_000, bytes: 2 * 1024 * 1024 };
/** How long a change waits for its target: some days longer than a server keeps mail. */
export const EARLY_CHANGE_MS = 35 * 24 * 60 * 60_000;

type Item = Pick<StoredMessage, "id" | "author" | "at" | "claimedAt" | "body">;
type Target = Item & { readonly body: Body };

export const NO_RESULTS: Results<Body> = { versions: [], marks: [] };

/** Applies changes, in any order. @returns the message's body and results after them */
export function withChanges(
  message: Target,
  changes: readonly Item[],
): { readonly body: Body } & Results<Body> {
  let state = { body: message.body, ...NO_RESULTS };
  for (const change of changes)
    state = { ...state, ...amended({ ...message, body: state.body }, state, change) };
  return state;
}

/**
 * Applies one change.
 * @param results of earlier changes of the target
 * @returns the parts of the target that it modifies; undefined if it has no effect
 */
export function amended(target: Target, results: Results<Body>, change: Item): Amended | undefined {
  const { body } = change;
  if (!isChange(body) || !isChangeable(target.body)) return undefined; // a damaged row, or a target that cannot be changed
  const { versions, marks } = results;
  return amendOf(body).apply({ ...written(target, target.body), versions, marks }, written(change, body));
}

function written<Data>({ id, author, at, claimedAt = at }: Item, body: Data): Written<Data> {
  return { id, author, at, claimedAt, body };
}
