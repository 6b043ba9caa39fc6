/** Decides the order in which commands go through unread chats. */

import type { Chat, ChatId } from "../../../messenger/model.ts";

/**
 * Picks the next unread chat: the one with the oldest activity, so that none is left for ever; muted chats last. Requests count as unread.
 * @param current the active chat @returns undefined if no other chat is unread
 */
export function nextUnreadOf(chats: readonly Chat[], current: ChatId | undefined): ChatId | undefined {
  const waiting = chats.filter(
    (chat) => chat.id !== current && (chat.unread > 0 || chat.phase === "invited"),
  );
  const isLast = ({ muted }: Chat) => (muted === "all" ? 1 : 0);
  return waiting.sort((one, other) => isLast(one) - isLast(other) || one.lastActivity - other.lastActivity)[0]
    ?.id;
}

/** @returns the chat with the newest unanswered request */
export function newestRequest(chats: readonly Chat[]): ChatId | undefined {
  return chats
    .filter((chat) => chat.request !== undefined)
    .sort((one, other) => other.lastActivity - one.lastActivity)[0]?.id;
}
