/** Decides which messages are so long that only their beginning is shown at first. */

/** Lines. A longer message fills a screen or two. */
const MANY_LINES = 40;
/** About as many characters as a line has. */
const LINE_CHARACTERS = 80;

/** @returns the approximate number of lines of a text */
export function linesOf(text: string): number {
  return text
    .split(/\r\n|\r|\n/)
    .reduce((sum, line) => sum + Math.max(1, Math.ceil(line.length / LINE_CHARACTERS)), 0);
}

export function isLong(text: string): boolean {
  // Runs each time the list is drawn; most messages end here.
  return text.length > MANY_LINES && linesOf(text) > MANY_LINES;
}
