/** Formats the note of a request as one line of plain text. */

import type { RequestNote } from "../../../messenger/model.ts";
import { MAX_NOTE_CHARACTERS } from "../../../protocol/limits.ts";
import { quotation } from "../plain-text.ts";
import type { Translate } from "../translate.ts";

/** Formats a note. @param maxCharacters longer notes are cut off */
export function noteText(note: RequestNote, t: Translate, maxCharacters = MAX_NOTE_CHARACTERS): string {
  switch (note.kind) {
    case "text":
      return quotation(note.text, maxCharacters);
    case "unopened":
      return t("Includes a note that couldn't be opened.");
  }
}
