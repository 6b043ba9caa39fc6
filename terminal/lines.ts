/** Formats messages, people and chats as lines of text. */

import { partner } from "../messenger/chats/direct.ts";
import { bodyText, isLine } from "../messenger/kinds/body.ts";
import type { Chat, ChatMessage, Person } from "../messenger/model.ts";
import { dayOf, dayText, timeText } from "../messenger/text/times.ts";
import type { Username } from "../protocol/names.ts";
import type { Screen } from "./screen.ts";
import { WORDS, words } from "./words/words.ts";

/**
 * Formats a message.
 * @param me this user's name
 * @returns such as "7:12 PM bob: hello"; without an author for an event of the chat itself
 */
function messageLine({ body, author, at, state }: ChatMessage, me: Username | undefined): string {
  const text = bodyText(body, WORDS);
  if (author === undefined) return `* ${text}`;
  const sending = state === undefined ? "" : ` ${words.sending[state]}`;
  return `${timeText(at)}${sending} ${author === me ? words.you : author}: ${text}`;
}

export function printMessage(screen: Screen, message: ChatMessage, me: Username | undefined): void {
  screen.print(messageLine(message, me), isLine(message.body) ? "notice" : "message");
}

/** Prints a range of a history with its dates, and a mark above the first new message. */
export function printHistory(
  screen: Screen,
  messages: readonly ChatMessage[],
  chat: Chat,
  me: Username | undefined,
): void {
  let day = "";
  for (const message of messages) {
    if (dayOf(message.at) !== day) screen.print(words.divider(dayOfMessage(message.at)), "notice");
    day = dayOf(message.at);
    if (message.id === chat.firstUnread) screen.print(words.divider(words.newMessages), "notice");
    printMessage(screen, message, me);
  }
}

function dayOfMessage(at: number): string {
  return dayText(at, Date.now(), words);
}

/** Returns one line for a person: name, presence, trust, and the state of the chat. */
export function personLine({ name, online, trust }: Person, chat: Chat): string {
  const parts = [
    online ? words.online : words.offline,
    ...(trust === "unknown" ? [] : [words.trust[trust]]),
    ...(partner(chat).blocked ? [words.isBlocked] : []),
    ...(chat.phase === "none" ? [] : [words.phase[chat.phase]]),
    ...(chat.unread === 0 ? [] : [words.unread(chat.unread)]),
  ];
  return `  ${name.padEnd(16)} ${parts.join(", ")}`;
}
