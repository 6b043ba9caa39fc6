/**
 * Changes of messages: each is a row of its own beside its target, so that it waits, is receipted and is sealed anew as a message
 * is. It is applied when both are here, whichever comes first; the resulting body is written into the target.
 */
import { amendOf, type Body, type Change, isChange } from "../kinds/body.ts";
import type { Written } from "../kinds/kind.ts";
import type { Store } from "../store/store.ts";
import { isShownMessage, type ShownMessage, type StoredMessage } from "../store/stored-message.ts";

/** Changes in one chat that may wait for their targets: somebody who changes messages that never were fills nothing. */
const MAX_EARLY_CHANGES = 1_000;

type NewMessage = Pick<StoredMessage, "author" | "at" | "body" | "id">;

/** @returns the body of a new message with the changes that came before it */
export function withChanges(message: NewMessage & { body: Body }, early: readonly StoredMessage[]): Body {
  let { body } = message;
  for (const change of early) body = changed({ ...message, body }, change) ?? body;
  return body;
}

/** Settles the changes that waited for a message, which was just added: from now on they go when it goes. Inside a transaction. */
export function settleChanges(store: Store, target: ShownMessage, early: readonly StoredMessage[]): void {
  const { messages } = store;
  if (early.length === 0) return;
  messages.settleEarly(target.chat, target.id);
  if (target.expiry !== undefined) for (const change of early) messages.setExpiry(change, target.expiry);
}

/**
 * Applies a change that was just stored; one whose target is not here waits for it. Inside a transaction.
 * @returns the target where it is another now
 */
export function applyChange(
  store: Store,
  change: StoredMessage & { body: Change },
): ShownMessage | undefined {
  const { messages, deletions } = store;
  const target = messages.find(change.chat, amendOf(change.body).target(change.body));
  if (target === undefined || !isShownMessage(target)) {
    deletions.removeEarly(change.chat, MAX_EARLY_CHANGES);
    return undefined;
  }
  if (target.expiry !== undefined) messages.setExpiry(change, target.expiry);
  const body = changed(target, change);
  return body && messages.setBody(target, body);
}

function changed(target: NewMessage & { body: Body }, change: NewMessage): Body | undefined {
  const { body } = change;
  if (!isChange(body)) return undefined; // its row was damaged
  return amendOf(body).apply(written(target, target.body), written(change, body));
}

function written<Data>({ author, at }: NewMessage, body: Data): Written<Data> {
  return { author, at, body };
}
