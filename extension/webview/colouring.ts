/** Colours code while the page is idle, within a time limit for each message. */
import type { Highlighter } from "./highlighter.ts";

/** Milliseconds for all blocks of one message, so that a sender cannot slow the page down. */
const MESSAGE_BUDGET_MS = 100;
/** Milliseconds of a step after which no more of the message is coloured, since users notice such a step. */
const MAX_PIECE_MS = 50;

/** The time that all blocks of one message share. Once it is used up, the remaining blocks stay plain. */
export class ColouringBudget {
  #left = MESSAGE_BUDGET_MS;

  /** Runs `work` and charges its time. @returns its result; undefined, without running it, if no time is left */
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
 * Queues work for idle time, in order. It never runs if the page has no second script.
 * @param budget charged for the steps, but not for `begin`
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

/** Runs the second script. Until then it is inert text in the page, so that it costs no parsing time. */
function runSecondScript(): Highlighter | undefined {
  const text = document.querySelector<HTMLScriptElement>("script#highlighter");
  if (text === null) return undefined;
  const script = document.createElement("script");
  script.nonce = text.nonce;
  script.textContent = text.textContent;
  text.replaceWith(script);
  return window.parleyHighlighter;
}
