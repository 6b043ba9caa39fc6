/** A search as plain data: a found message's row in the list, and the search's progress. */

import type { SearchMatch } from "../../../messenger/messenger.ts";
import { dateAndTimeText, dateText, numberText } from "../../../messenger/text/times.ts";
import { labelText, type Preview } from "../plain-text.ts";
import type { Translate } from "../translate.ts";

/** More than anybody reads: a user who wants others adds a word. */
export const MAX_MATCHES = 500;

export interface MatchRow {
  /** An icon alone, since the editor sorts rows by how well their label fits the words, and the newest shall be first. */
  readonly label: string;
  readonly description: string;
  readonly detail: string;
}

/** @param to title of the chat that one wrote it in oneself; undefined for others' messages */
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
  /** Messages looked through. */
  readonly total: number;
  /** The time of the oldest of them. */
  readonly backTo: number | undefined;
  readonly state: "searching" | "done" | "enough";
}

/** @returns which part of the history the list is about */
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
