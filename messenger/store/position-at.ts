/** Finds the position of a time in a chat, although times are sealed. */
import type { Messages } from "./messages.ts";
import type { ChatNumber } from "./numbers.ts";

/** Messages that are opened at once. */
const ROWS_AT_A_TIME = 32;

/**
 * Finds a time by binary search, which opens some twenty rows for any length of history. Clocks may differ: the result is the first
 * message that follows only earlier ones.
 * @param at Unix time, milliseconds
 * @returns the position of the first message of that time or later; undefined when all are older
 */
export function positionAt(messages: Messages, chat: ChatNumber, at: number): number | undefined {
  const firstFrom = (position: number) => messages.page(chat, { limit: 1, after: position - 1 })[0];
  const newest = messages.page(chat, { limit: 1 })[0];
  if (newest === undefined || newest.latest < at) return undefined;
  let low = firstFrom(0)?.position ?? 0;
  let high = newest.position;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    const found = firstFrom(middle);
    if (found !== undefined && found.latest >= at) high = middle;
    else low = middle + 1;
  }
  // The latest message may have been deleted; then another one is the first.
  for (let after = low - 1; ; ) {
    const page = messages.page(chat, { limit: ROWS_AT_A_TIME, after });
    const found = page.find((message) => message.at >= at);
    const last = page.at(-1);
    if (found !== undefined || last === undefined) return found?.position;
    after = last.position;
  }
}
