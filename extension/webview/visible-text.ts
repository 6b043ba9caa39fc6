/** Renders a stranger's text as nodes, with the characters that hide, reorder or control other text made visible. */
import { codePointText, HIDDEN } from "../../messenger/text/hidden-characters.ts";
import { strings } from "./strings.ts";

/** With "blank", every character is marked: for a text in which nothing can be seen. */
export type Place = keyof typeof HIDDEN | "blank";
const MARKED: Readonly<Record<Place, RegExp>> = { ...HIDDEN, blank: /([^ \t\n])\1*/gu };

/** More elements than this in one text would make the page slow: then the code points stand in the text itself. */
const MAX_MARKS = 500;

/** Appends `text` to `parent` as text nodes, with a marked element for each run of a hidden character. */
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
