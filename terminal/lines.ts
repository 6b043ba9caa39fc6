/** Formats messages, people and chats as lines of text. */

import { partner } from "../messenger/chats/direct.ts";
import { bodyText, filesOf, isLine } from "../messenger/kinds/body.ts";
import type { Chat, ChatMessage, Person } from "../messenger/model.ts";
import { dayOf, dayText, timeText } from "../messenger/text/times.ts";
import type { MessageId, Username } from "../protocol/names.ts";
import type { Printed } from "./printed.ts";
import type { Screen } from "./screen.ts";
import { fileWords } from "./words/files.ts";
import { WORDS, words } from "./words/words.ts";

/** The destination of printed messages. */
export interface Page {
  readonly screen: Screen;
  readonly printed: Printed;
  /** This user's name. */
  readonly me: Username | undefined;
}

/**
 * Formats a message. All lines after the first are indented, also those of a quote and of reactions.
 * @returns such as "7:12 PM bob: hello"; without an author for an event of the chat itself
 */
function messageText(
  { body, author, at, state, edited, marks, replyTo }: ChatMessage,
  { me }: Page,
  quoted: ChatMessage | undefined,
): string {
  const text = bodyText(body, WORDS);
  if (author === undefined) return `* ${text}`;
  const sending = state === undefined ? "" : ` ${words.sending[state]}`;
  const by = author === me ? words.you : author;
  const notes = [replyTo && words.reply, edited && words.edited].filter((note) => note !== undefined);
  const head = `${timeText(at)}${sending} ${[by, ...notes].join(" ")}`;
  // A text that imitates a quote lacks the note before the colon.
  const reply = replyTo === undefined ? "" : `${words.inReply(quoted, me)}\n`;
  const reactions = marks === undefined ? "" : `\n${words.reactions(marks, me)}`;
  return `${head}: ${reply}${text}${reactions}`;
}

export function printMessage(page: Page, message: ChatMessage): void {
  const { screen, printed } = page;
  const quoted = message.replyTo && printed.get(message.replyTo);
  printed.note(message);
  screen.print(messageText(message, page, quoted), isLine(message.body) ? "notice" : "message");
  printFiles(page, message);
}

/** Prints a row for each file of a message, with the number by which a command names it. */
function printFiles({ screen, printed }: Page, { id, body, files = [] }: ChatMessage): void {
  for (const [item, file] of filesOf(body).entries()) {
    const number = `#${printed.number(id)}.${item + 1}`;
    screen.print(`  ${fileWords.row(file, files[item] ?? { type: "there" }, number)}`, "notice");
  }
}

/**
 * Prints a range of a history with its dates, the numbers of messages, and a mark above the first new message.
 * @param quoted messages that are replied to
 */
export function printHistory(
  page: Page,
  messages: readonly ChatMessage[],
  chat: Chat,
  quoted: readonly ChatMessage[],
): void {
  const { screen, printed } = page;
  const quotes = new Map<MessageId | undefined, ChatMessage>(quoted.map((message) => [message.id, message]));
  let day = "";
  for (const message of messages) {
    if (dayOf(message.at) !== day) screen.print(words.divider(dayOfMessage(message.at)), "notice");
    day = dayOf(message.at);
    if (message.id === chat.firstUnread) screen.print(words.divider(words.newMessages), "notice");
    printed.note(message);
    const text = messageText(message, page, quotes.get(message.replyTo));
    if (message.author === undefined) screen.print(text, "notice");
    else screen.print(`#${printed.number(message.id)} ${text}`, "message");
    printFiles(page, message);
  }
}

function dayOfMessage(at: number): string {
  return dayText(at, Date.now(), words);
}

/** Returns one line for a person: name, presence, trust, and the state of the chat. */
export function personLine({ name, online, trust, profile }: Person, chat: Chat): string {
  const parts = [
    ...(profile === undefined || profile.name === "" ? [] : [words.displayName(profile)]),
    online ? words.online : words.offline,
    ...(trust === "unknown" ? [] : [words.trust[trust]]),
    ...(partner(chat).blocked ? [words.isBlocked] : []),
    ...(chat.phase === "none" ? [] : [words.phase[chat.phase]]),
    ...(chat.unread === 0 ? [] : [words.unread(chat.unread)]),
  ];
  return `  ${name.padEnd(16)} ${parts.join(", ")}`;
}
