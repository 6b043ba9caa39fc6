/** Colours code when the page has nothing better to do, such as showing messages or scrolling, and not for long. */
import type { Highlighter } from "./highlighter.ts";

/** A message has no more of the page's time than this, so that whoever sends many cannot keep the page from its work. */
const MESSAGE_BUDGET_MS = 100;
/** What takes longer in one piece is felt: nothing more of such a message is coloured. */
const MAX_PIECE_MS = 50;

/** The time that the blocks of one message may take together; what is left over of them stays plain. */
export class ColouringBudget {
  #left = MESSAGE_BUDGET_MS;

  /** @returns what `work` does, or undefined, without work, where nothing is left */
  spend<Result>(work: () => Result): Result | undefined {
    if (this.#left <= 0) return undefined;
    const start = performance.now();
    const result = work();
    const taken = performance.now() - start;
    this.#left = taken > MAX_PIECE_MS ? 0 : this.#left - taken;
    return result;
  }
}

/** Work in pieces, one at a time. */
export type Steps = Generator<void, void, void>;

interface Work {
  readonly budget: ColouringBudget;
  readonly begin: (highlighter: Highlighter) => Steps;
}

const waiting: Work[] = [];
let current: { readonly budget: ColouringBudget; readonly steps: Steps } | undefined;

/**
 * Does work later, in the order it was asked for; never, where the page has no second script.
 * @param budget pays for the steps, and not for what `begin` does by itself
 */
export function colourLater(budget: ColouringBudget, begin: Work["begin"]): void {
  waiting.push({ budget, begin });
  if (waiting.length === 1 && current === undefined) requestIdleCallback(workOff);
}

function workOff(deadline: IdleDeadline): void {
  const highlighter = window.parleyHighlighter ?? runSecondScript();
  if (highlighter === undefined) return;
  do {
    const next = current ?? begin(waiting.shift(), highlighter);
    current = undefined;
    if (next?.budget.spend(() => next.steps.next())?.done === false) current = next;
  } while ((current !== undefined || waiting.length > 0) && deadline.timeRemaining() > 0);
  if (current !== undefined || waiting.length > 0) requestIdleCallback(workOff);
}

function begin(work: Work | undefined, highlighter: Highlighter): typeof current {
  return work && { budget: work.budget, steps: work.begin(highlighter) };
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
