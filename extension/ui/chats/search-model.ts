/** The view model of a search: a row for each found message, and the progress. */

import type { SearchMatch } from "../../../messenger/messenger.ts";
import { dateAndTimeText, dateText, numberText } from "../../../messenger/text/times.ts";
import { labelText, type Preview } from "../plain-text.ts";
import type { Translate } from "../translate.ts";

/** The most rows in the list. A user with more matches adds a word. */
export const MAX_MATCHES = 500;

export interface MatchRow {
  /** Only an icon, since VS Code sorts rows by how well the label matches, and the newest must come first. */
  readonly label: string;
  readonly description: string;
  readonly detail: string;
}

/** Formats a found message as a row. @param to the chat's title for one of the user's own messages; undefined for others */
export function matchRow(
  { author, at, excerpt }: Pick<SearchMatch, "author" | "at" | "excerpt">,
  to: string | undefined,
  preview: Preview,
  t: Translate,
): MatchRow {
  return {
    label: to !== undefined ? "$(arrow-right)" : "$(arrow-left)",
    description: t("{0}, {1}", to === undefined ? author : t("you to {0}", to), dateAndTimeText(at)),
    detail: labelText(preview(excerpt, t)),
  };
}

export interface Range {
  readonly found: number;
  /** The number of messages searched. */
  readonly total: number;
  /** The time of the oldest of them, Unix milliseconds. */
  readonly backTo: number | undefined;
  readonly state: "searching" | "done" | "enough";
}

/** @returns a sentence about the part of the history that was searched */
export function rangeText({ found, total, backTo, state }: Range, t: Translate): string {
  if (total === 0) return t("there's nothing to search yet");
  const since = backTo === undefined ? "" : dateText(backTo);
  switch (state) {
    case "searching":
      return t("{0} found so far, searched back to {1}…", numberText(found), since);
    case "done":
      return t("{0} found in all {1} messages, back to {2}", numberText(found), numberText(total), since);
    case "enough":
      return t("the newest {0}, back to {1}. Add a word for others", numberText(found), since);
  }
}
