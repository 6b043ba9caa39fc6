/**
 * Applies changes to messages. Each change is a row of its own while it has to be: one of mine until everybody has it, so that it waits,
 * is receipted and is sealed anew as a message is; one of theirs until its target comes. The results are written into the target.
 */
import { amendOf, type Body, isChange, isChangeable } from "../kinds/body.ts";
import type { Results, Written } from "../kinds/kind.ts";
import type { Amended } from "../store/messages.ts";
import type { StoredMessage } from "../store/stored-message.ts";

/** Changes of one person that may wait for their targets in a chat: somebody who changes messages that never were fills nothing. */
export const MAX_EARLY_CHANGES = 1_000;
/** How long a change waits for its target: as long as a server keeps mail, and some days. */
export const EARLY_CHANGE_MS = 35 * 24 * 60 * 60_000;

type Item = Pick<StoredMessage, "id" | "author" | "at" | "claimedAt" | "body">;
type Target = Item & { readonly body: Body };

export const NO_RESULTS: Results<Body> = { versions: [], marks: [] };

/** @param changes in any order. @returns the message's body and results after them */
export function withChanges(
  message: Target,
  changes: readonly Item[],
): { readonly body: Body } & Results<Body> {
  let state = { body: message.body, ...NO_RESULTS };
  for (const change of changes)
    state = { ...state, ...amended({ ...message, body: state.body }, state, change) };
  return state;
}

/** @param results of the target's earlier changes. @returns the parts of the target that the change makes different; undefined where it does not count */
export function amended(target: Target, results: Results<Body>, change: Item): Amended | undefined {
  const { body } = change;
  if (!isChange(body) || !isChangeable(target.body)) return undefined; // its row was damaged, or its target is nobody's
  const { versions, marks } = results;
  return amendOf(body).apply({ ...written(target, target.body), versions, marks }, written(change, body));
}

function written<Data>({ id, author, at, claimedAt = at }: Item, body: Data): Written<Data> {
  return { id, author, at, claimedAt, body };
}
