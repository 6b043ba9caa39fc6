/** The user's defaults for new chats. They are applied once, when the first conversation of a chat is established: no setting reaches back. */

import type { NewChatDefaults } from "../model.ts";
import type { StoredChat } from "../store/chats.ts";
import type { Chats } from "./chats.ts";
import { NO_TIMER, nextTimer } from "./timer.ts";

export const NO_DEFAULTS: NewChatDefaults = { keep: "forever", timerSeconds: 0, muted: "no" };

/** Applies the defaults to all that was not chosen for that chat by itself. Inside a transaction. @returns the chat as it is now */
export function beginChat(
  chats: Chats,
  chat: StoredChat,
  { keep, timerSeconds, muted }: NewChatDefaults,
): StoredChat {
  const begun = chats.change(chat, {
    isNew: undefined,
    muted: chat.muted ?? (muted === "no" ? undefined : muted),
    keep: chat.keep ?? (keep === "forever" ? undefined : keep),
  });
  if (timerSeconds === 0 || begun.timer !== undefined) return begun;
  return chats.setTimer(begun, nextTimer(NO_TIMER, timerSeconds), chats.self) ?? begun;
}
