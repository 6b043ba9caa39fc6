/** The user's defaults for new chats. They are applied once, when the first conversation of a chat is established: no setting reaches back. */

import type { NewChatDefaults } from "../model.ts";
import type { Peer } from "../store/peers.ts";
import type { Chats } from "./chats.ts";
import { NO_TIMER, nextTimer } from "./timer.ts";

export const NO_DEFAULTS: NewChatDefaults = { keep: "forever", timerSeconds: 0, muted: "no" };

/** Applies the defaults to all that was not chosen for that chat by itself. Inside a transaction. @returns the person's row as it is now */
export function beginChat(chats: Chats, peer: Peer, { keep, timerSeconds, muted }: NewChatDefaults): Peer {
  const begun = chats.change(
    {
      ...peer,
      contact: { ...peer.contact, muted: peer.contact.muted ?? (muted === "no" ? undefined : muted) },
    },
    { isNew: undefined, keep: peer.chat.keep ?? (keep === "forever" ? undefined : keep) },
  );
  if (timerSeconds === 0 || begun.chat.timer !== undefined) return begun;
  return chats.setTimer(begun, nextTimer(NO_TIMER, timerSeconds), "me") ?? begun;
}
