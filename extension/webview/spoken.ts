/** The beginning of a message on one line: as its accessible name says it, and as a quote shows it. */

import { bodyText, type PageBody, shownKind } from "../../messenger/kinds/body.ts";
import { visible } from "../../messenger/text/hidden-characters.ts";
import { isBlank } from "../contract/blank-text.ts";
import { placeOf, readsAs } from "../contract/link-text.ts";
import { type PlainParts, plainText } from "../contract/markdown/plain-text.ts";
import { oneLine } from "../contract/one-line.ts";
import type { PanelMessage } from "../contract/panel.ts";
import { strings } from "./strings.ts";
import { pageWords } from "./words.ts";

const MAX_CHARACTERS = 140;

/** Returns a cached function, since each drawing of the list needs the lines of all messages. */
function byBody(lineOf: (body: PageBody) => string): (message: PanelMessage) => string {
  const known = new WeakMap<PageBody, string>();
  return ({ body }) => {
    const line = known.get(body) ?? lineOf(body);
    known.set(body, line);
    return line;
  };
}

/** Describes code, boxes and addresses, which are tedious to hear. */
const SPOKEN: PlainParts = {
  code: ({ language, text }) => strings.spokenCode(language, text === "" ? 0 : text.split("\n").length),
  item: "",
  indentation: "",
  task: (done) => `${done ? strings.taskDone : strings.taskOpen}: `,
  image: (description) => strings.image(description),
  target: (text, target) => (readsAs(text, target) ? "" : ` ${strings.linkPlace(placeOf(target))}`),
};

/** Keeps everything that was written but Markdown's marks. */
const QUOTED: PlainParts = {
  code: ({ language, text }) => `${language} ${text}`,
  item: "• ",
  indentation: "",
  task: (done) => (done ? "☑ " : "☐ "),
  image: (description) => strings.image(description),
  target: (text, target) => (readsAs(text, target) ? "" : ` (${target})`),
};

/** @returns the message for its accessible name */
export const spokenText = byBody((body) => line(body, SPOKEN));

/** @returns the message for a quote of it */
export const quotedText = byBody((body) => line(body, QUOTED));

function line(body: PageBody, parts: PlainParts): string {
  const text = bodyText(body, pageWords);
  if (isBlank(text)) return visible(text).trim() || strings.blankMessage;
  return oneLine(shownKind(body).markdown ? plainText(text, parts) : text, MAX_CHARACTERS);
}

/** @returns the text of a message with its Markdown marks */
export function writtenText({ body }: PanelMessage): string {
  return bodyText(body, pageWords);
}
