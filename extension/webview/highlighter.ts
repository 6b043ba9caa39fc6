/** Entry point of the page's second script, which colours code: larger than the first, and run when there is code to colour. */
import { highlight, languageName } from "./highlight.ts";

export interface Highlighter {
  readonly highlight: typeof highlight;
  readonly languageName: typeof languageName;
}

declare global {
  interface Window {
    parleyHighlighter?: Highlighter;
  }
}

window.parleyHighlighter = { highlight, languageName };
