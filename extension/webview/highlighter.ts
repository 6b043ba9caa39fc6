/** Entry point of the page's second script, which colours code: larger than the first, and run when there is code to colour. */
import { highlight, prepare } from "./highlight.ts";

export interface Highlighter {
  readonly highlight: typeof highlight;
  readonly prepare: typeof prepare;
}

declare global {
  interface Window {
    parleyHighlighter?: Highlighter;
  }
}

window.parleyHighlighter = { highlight, prepare };
