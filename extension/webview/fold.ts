/** Which messages are so long that only their beginning is shown until somebody wants more. */

/** Such a message fills a screen or two. */
const MANY_LINES = 40;
/** About as many characters as a line has. */
const LINE_CHARACTERS = 80;

/** @returns about how many lines a text takes */
export function linesOf(text: string): number {
  return text
    .split(/\r\n|\r|\n/)
    .reduce((sum, line) => sum + Math.max(1, Math.ceil(line.length / LINE_CHARACTERS)), 0);
}

export function isLong(text: string): boolean {
  // Each drawing of the list asks; most messages are as short as that.
  return text.length > MANY_LINES && linesOf(text) > MANY_LINES;
}
