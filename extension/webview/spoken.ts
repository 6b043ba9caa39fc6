/** The accessible name of a message: the beginning of its text as it is shown, on one line. */

import { type Body, bodyText, shownKind } from "../../messenger/kinds/body.ts";
import { visible } from "../../messenger/text/hidden-characters.ts";
import { isBlank } from "../contract/blank-text.ts";
import { placeOf, readsAs } from "../contract/link-text.ts";
import { plainText } from "../contract/markdown/plain-text.ts";
import type { PanelMessage } from "../contract/panel.ts";
import { strings } from "./strings.ts";
import { pageWords } from "./words.ts";

const MAX_CHARACTERS = 140;

/** A cache by body, since each drawing of the list needs all names. */
const known = new WeakMap<Body, string>();

export function spokenText({ body }: PanelMessage): string {
  const before = known.get(body);
  if (before !== undefined) return before;
  const text = oneLine(textOf(body));
  const spoken = text.length > MAX_CHARACTERS ? `${text.slice(0, MAX_CHARACTERS)}…` : text;
  known.set(body, spoken);
  return spoken;
}

function oneLine(text: string): string {
  if (isBlank(text)) return visible(text).trim() || strings.blankMessage;
  return visible(text.replace(/\s+/g, " ").trim(), "prose");
}

function textOf(body: Body): string {
  const text = bodyText(body, pageWords);
  return shownKind(body).markdown && !isBlank(text) ? withoutMarks(text) : text;
}

function withoutMarks(text: string): string {
  return plainText(text, {
    code: ({ language, text }) => strings.spokenCode(language, text === "" ? 0 : text.split("\n").length),
    item: "",
    indentation: "",
    task: (done) => `${done ? strings.taskDone : strings.taskOpen}: `,
    image: strings.image,
    target: (text, target) => (readsAs(text, target) ? "" : ` ${strings.linkPlace(placeOf(target))}`),
  });
}

/** @returns the text of a message with its Markdown marks */
export function writtenText({ body }: PanelMessage): string {
  return bodyText(body, pageWords);
}
