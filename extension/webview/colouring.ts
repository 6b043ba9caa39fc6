/** Colours code when the page is idle, not showing messages or scrolling, and within a time limit. */
import type { Highlighter } from "./highlighter.ts";

/** Milliseconds of the page's time for one message, so that a sender of many cannot slow the page down. */
const MESSAGE_BUDGET_MS = 100;
/** Milliseconds. A longer step is noticeable: nothing more of such a message is coloured. */
const MAX_PIECE_MS = 50;

/** The time that all blocks of one message may take together; blocks beyond it stay plain. */
export class ColouringBudget {
  #left = MESSAGE_BUDGET_MS;

  /** @returns the result of `work`; undefined, without calling it, where no time is left */
  spend<Result>(work: () => Result): Result | undefined {
    if (this.#left <= 0) return undefined;
    const start = performance.now();
    const result = work();
    const taken = performance.now() - start;
    this.#left = taken > MAX_PIECE_MS ? 0 : this.#left - taken;
    return result;
  }
}

/** Work in steps, one at a time. */
export type Steps = Generator<void, void, void>;

interface Work {
  readonly budget: ColouringBudget;
  readonly begin: (highlighter: Highlighter) => Steps;
}

const waiting: Work[] = [];
let current: { readonly budget: ColouringBudget; readonly steps: Steps } | undefined;

/**
 * Runs work later, in the order it was asked for; never, where the page has no second script.
 * @param budget pays for the steps, but not for the time in `begin`
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

/** Runs the second script. It lies in the page as text, with the nonce that lets it run: until then it costs nothing to parse. */
function runSecondScript(): Highlighter | undefined {
  const text = document.querySelector<HTMLScriptElement>("script#highlighter");
  if (text === null) return undefined;
  const script = document.createElement("script");
  script.nonce = text.nonce;
  script.textContent = text.textContent;
  text.replaceWith(script);
  return window.parleyHighlighter;
}
