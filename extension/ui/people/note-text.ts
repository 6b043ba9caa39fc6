/** What somebody wrote with their request, as one line of plain text. */

import type { RequestNote } from "../../../messenger/model.ts";
import { MAX_NOTE_CHARACTERS } from "../../../protocol/limits.ts";
import { lineText } from "../plain-text.ts";
import type { Translate } from "../translate.ts";

/** @param maxCharacters more than that is cut off */
export function noteText(note: RequestNote, t: Translate, maxCharacters = MAX_NOTE_CHARACTERS): string {
  switch (note.kind) {
    case "text":
      // What stands between our marks cannot end them.
      return `“${lineText(note.text, maxCharacters).replace(/[“”„‟]/g, '"')}”`;
    case "unopened":
      return t("Includes a note that couldn't be opened.");
  }
}
