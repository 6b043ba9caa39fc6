/**
 * Searches a history that is sealed on disk. There is no index, since it would reveal words of the messages. Rows are opened one by one,
 * newest first, in steps, and the caller decides about each further step.
 */
import type { SearchQuestion, SearchStep } from "../model.ts";

export interface SearchProgress extends SearchStep {
  /** The number of messages searched so far, in all steps. */
  readonly total: number;
}

/**
 * Runs a search step by step.
 * @param ask runs one step: Messenger.searchStep, in this window or another
 * @param signal cancels the search before its next step
 * @returns after each step, the matches and the progress
 */
export async function* search(
  ask: (question: SearchQuestion) => Promise<SearchStep>,
  query: Omit<SearchQuestion, "before">,
  signal: AbortSignal,
): AsyncGenerator<SearchProgress, void, void> {
  let total = 0;
  let before: number | undefined;
  do {
    if (signal.aborted) return;
    const step = await ask(before === undefined ? query : { ...query, before });
    if (signal.aborted) return;
    total += step.searched;
    before = step.next;
    yield { ...step, total };
  } while (before !== undefined);
}
