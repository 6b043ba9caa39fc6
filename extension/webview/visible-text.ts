/** Renders untrusted text as nodes, and makes characters that hide, reorder or control other text visible. */
import { codePointText, HIDDEN } from "../../messenger/text/hidden-characters.ts";
import { strings } from "./strings.ts";

/** "blank" marks every character, for a text without a visible one. */
export type Place = keyof typeof HIDDEN | "blank";
const MARKED: Readonly<Record<Place, RegExp>> = { ...HIDDEN, blank: /([^ \t\n])\1*/gu };

/** The most marked elements for one text, so that the page stays fast. Beyond it, code points are inserted as text. */
const MAX_MARKS = 500;

/** Appends `text` as text nodes, with a marked element for each run of one hidden character. */
export function appendText(parent: Node, text: string, place: Place): void {
  const runs = [...text.matchAll(MARKED[place])];
  if (runs.length > MAX_MARKS) {
    const named = text.replace(MARKED[place], (run) => `[${codePointText(run)}]`);
    parent.appendChild(document.createTextNode(named));
    return;
  }
  let end = 0;
  for (const run of runs) {
    if (run.index > end) parent.appendChild(document.createTextNode(text.slice(end, run.index)));
    const mark = document.createElement("span");
    mark.className = "hidden-character";
    mark.title = strings.hiddenCharacter;
    mark.textContent = codePointText(run[0]);
    parent.appendChild(mark);
    end = run.index + run[0].length;
  }
  if (end < text.length) parent.appendChild(document.createTextNode(text.slice(end)));
}
