/**
 * Search through a history that is sealed on disk: there is no index, since an index would reveal the words in it.
 * Rows are opened one by one, newest first, in steps; the caller takes the next step or leaves it.
 */
import type { SearchQuestion, SearchStep } from "../model.ts";

export interface SearchProgress extends SearchStep {
  /** Messages looked through so far, in all steps. */
  readonly total: number;
}

/**
 * @param ask takes one step: Messenger.searchStep, here or in another window
 * @param signal ends the search before its next step
 * @returns step by step, the matches and how far back the search has come
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
