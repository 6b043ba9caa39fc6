/** Decides which messages are folded, since they are too long to show whole at first. */

/** Lines of the longest message that is shown whole: about one screen. */
const MANY_LINES = 40;
/** The approximate number of characters in a line. */
const LINE_CHARACTERS = 80;

/** @returns the approximate number of lines of a text */
export function linesOf(text: string): number {
  return text
    .split(/\r\n|\r|\n/)
    .reduce((sum, line) => sum + Math.max(1, Math.ceil(line.length / LINE_CHARACTERS)), 0);
}

export function isLong(text: string): boolean {
  // Check the length first: this runs whenever the list is drawn, and most messages are short.
  return text.length > MANY_LINES && linesOf(text) > MANY_LINES;
}
