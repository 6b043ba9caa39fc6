/** Entry point of the page's second script, which colours code. It is larger than the first and runs only when needed. */
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
