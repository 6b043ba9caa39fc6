/** Makes the value that represents a stored message outside the messenger. */
import type { MessageId } from "../../protocol/names.ts";
import type { ChatId, ChatMessage, OutgoingState } from "../model.ts";
import type { Expiry } from "../store/expiries.ts";
import type { ShownMessage, StoredState } from "../store/stored-message.ts";

/** @param inFlight messages sent to the server that it has not answered yet */
export function messageView(
  message: ShownMessage,
  chat: ChatId,
  inFlight: ReadonlySet<MessageId>,
): ChatMessage {
  const { id, at, position, author, body, failure, expiry, receivers, replyTo, edited } = message;
  const shownState = (id: MessageId, state: StoredState): OutgoingState =>
    state === "waiting" && inFlight.has(id) ? "sending" : state;
  const state = message.state && shownState(id, message.state);
  const marks = (message.marks ?? []).filter(({ values }) => values.length > 0);
  const changes = message.unsettled ?? [];
  return {
    id,
    chat,
    ...(author !== undefined && { author }),
    at,
    position,
    body,
    ...(state !== undefined && { state }),
    ...(state !== undefined &&
      receivers && {
        receivers: receivers.map(({ person, receipt }) => ({ person, state: receipt ?? state })),
      }),
    ...(failure !== undefined && { failure }),
    ...(expiry !== undefined && { expiry: shownExpiry(expiry) }),
    ...(replyTo !== undefined && { replyTo }),
    ...(edited !== undefined && { edited }),
    ...(marks.length > 0 && { marks: marks.map(({ by, name, values }) => ({ by, name, values })) }),
    ...(changes.length > 0 && {
      changes: changes.map(({ id, kind, state, failure }) => ({
        ...{ id, kind, state: shownState(id, state) },
        ...(failure !== undefined && { failure }),
      })),
    }),
  };
}

function shownExpiry({ seconds, due }: Expiry): NonNullable<ChatMessage["expiry"]> {
  return due === undefined ? { seconds } : { seconds, due };
}
