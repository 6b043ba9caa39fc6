/** Colours code when the page has nothing better to do, such as showing messages or scrolling, and not for long. */
import type { Highlighter } from "./highlighter.ts";

/** A message has no more of the page's time than this, so that whoever sends many cannot keep the page from its work. */
const MESSAGE_BUDGET_MS = 100;
/** What takes longer in one piece is felt: nothing more of such a message is coloured. */
const MAX_PIECE_MS = 50;

/** The time that the blocks of one message may take together; what is left over of them stays plain. */
export class ColouringBudget {
  #left = MESSAGE_BUDGET_MS;

  /** Does `work` unless nothing is left. */
  spend(work: () => void): void {
    if (this.#left <= 0) return;
    const start = performance.now();
    work();
    const taken = performance.now() - start;
    this.#left = taken > MAX_PIECE_MS ? 0 : this.#left - taken;
  }
}

/** What a block wants of the second script. */
interface Work {
  readonly name: (highlighter: Highlighter) => void;
  readonly colour: (highlighter: Highlighter) => void;
}

const waiting: { readonly budget: ColouringBudget; readonly work: Work }[] = [];

/** @param work is done later, in the order it was asked for; never, where the page has no second script */
export function colourLater(budget: ColouringBudget, work: Work): void {
  waiting.push({ budget, work });
  if (waiting.length === 1) requestIdleCallback(workOff);
}

function workOff(deadline: IdleDeadline): void {
  const highlighter = window.parleyHighlighter ?? runSecondScript();
  if (highlighter === undefined) return;
  do {
    const next = waiting.shift();
    next?.work.name(highlighter);
    next?.budget.spend(() => next.work.colour(highlighter));
  } while (waiting.length > 0 && deadline.timeRemaining() > 0);
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
