/** Colours code when the page has nothing better to do, such as showing messages or scrolling. */
import type { Highlighter } from "./highlighter.ts";

const waiting: ((highlighter: Highlighter) => void)[] = [];

/** @param work is done later, in the order it was asked for; never, where the page has no second script */
export function colourLater(work: (highlighter: Highlighter) => void): void {
  waiting.push(work);
  if (waiting.length === 1) requestIdleCallback(workOff);
}

function workOff(deadline: IdleDeadline): void {
  const highlighter = window.parleyHighlighter ?? runSecondScript();
  if (highlighter === undefined) return;
  do waiting.shift()?.(highlighter);
  while (waiting.length > 0 && deadline.timeRemaining() > 0);
  if (waiting.length > 0) requestIdleCallback(workOff);
}

/** It lies in the page as text, with the nonce that lets it run: until then it costs nothing to read. */
function runSecondScript(): Highlighter | undefined {
  const text = document.querySelector<HTMLScriptElement>("script#highlighter");
  if (text === null) return undefined;
  const script = document.createElement("script");
  script.nonce = text.nonce;
  script.textContent = text.textContent;
  text.replaceWith(script);
  return window.parleyHighlighter;
}
