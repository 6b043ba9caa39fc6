/** The order in which the user goes through unread chats. */

import type { Chat, ChatId } from "../../../messenger/model.ts";

/**
 * Requests count as unread. Oldest news first, so that nobody waits for ever; muted chats last.
 * @param current the active chat @returns undefined where no other chat is unread
 */
export function nextUnreadOf(chats: readonly Chat[], current: ChatId | undefined): ChatId | undefined {
  const waiting = chats.filter(
    (chat) => chat.id !== current && (chat.unread > 0 || chat.phase === "invited"),
  );
  const isLast = ({ muted }: Chat) => (muted === "all" ? 1 : 0);
  return waiting.sort((one, other) => isLast(one) - isLast(other) || one.lastActivity - other.lastActivity)[0]
    ?.id;
}

/** @returns the chat with the newest request without an answer */
export function newestRequest(chats: readonly Chat[]): ChatId | undefined {
  return chats
    .filter((chat) => chat.request !== undefined)
    .sort((one, other) => other.lastActivity - one.lastActivity)[0]?.id;
}
