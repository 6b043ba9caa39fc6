/** Formats the newest message of a chat as one line for its row. */
import { isMine } from "../../../messenger/chats/author.ts";
import { bodyText, isLine, shownKind } from "../../../messenger/kinds/body.ts";
import type { ChatMessage } from "../../../messenger/model.ts";
import type { Username } from "../../../protocol/names.ts";
import { lineText, type Preview } from "../plain-text.ts";
import type { Translate } from "../translate.ts";

export interface LastLine {
  readonly text: string;
  /** Unix time, milliseconds */
  readonly at: number;
}

/** More than fits in a side bar. */
const MAX_CHARACTERS = 100;

/** Formats a message. @param self the account's name */
export function lastLine(
  message: ChatMessage,
  self: Username | undefined,
  preview: Preview,
  t: Translate,
): LastLine {
  const { body, at } = message;
  const text = bodyText(body, { t, name: (person) => person });
  if (isLine(body)) return { text, at };
  const line = oneLine(shownKind(body).markdown ? preview(text.slice(0, MAX_CHARACTERS * 4), t) : text);
  return { text: isMine(message, self) ? t("You: {0}", line) : line, at };
}

/** Cleans foreign text: removes line breaks and characters that hide or reorder text. */
export function oneLine(foreign: string): string {
  return lineText(foreign, MAX_CHARACTERS);
}
