/** The newest message of a chat as one line of its row. */
import { eventText } from "../contract/event-text.ts";
import { NOT_UNDERSTOOD } from "../contract/not-understood.ts";
import type { ChatMessage } from "../messenger/model.ts";
import { lineText, withoutMarks } from "./plain-text.ts";
import type { Translate } from "./translate.ts";

export interface LastLine {
  readonly text: string;
  /** Unix time, milliseconds */
  readonly at: number;
}

/** More than a side bar shows. */
const MAX_CHARACTERS = 100;

export function lastLine({ body, mine, peer, at }: ChatMessage, t: Translate): LastLine {
  const own = (text: string) => (mine ? t("You: {0}", text) : text);
  switch (body.kind) {
    case "text":
      return { text: own(oneLine(body.text)), at };
    case "unknown":
      return { text: own(oneLine(body.fallback)), at };
    case "not-understood":
      return { text: NOT_UNDERSTOOD, at };
    case "event":
      return { text: eventText(body.event, peer, body.seconds), at };
  }
}

/** Foreign text: without what breaks the line, hides or reorders it. */
export function oneLine(foreign: string): string {
  return lineText(withoutMarks(foreign.slice(0, MAX_CHARACTERS * 4)), MAX_CHARACTERS);
}
