/**
 * The rule for every shown text: each character of a message is on the page, in order, or is a Markdown mark.
 */

/**
 * A character of a mark, or between marks. A backslash is one only before punctuation, which it may keep from
 * formatting.
 */
const MARK = /^(?:[*_~`#>|:[\]()!<+\-\s]|\\[!-/:-@[-`{-~])/;

/**
 * Returns the first part of `written` that is not in `shown`, with the text after it; undefined if everything
 * is.
 */
export function lostText(written: string, shown: string): string | undefined {
  let next = 0;
  for (let index = 0; index < written.length; index++) {
    const found = shown.indexOf(written.charAt(index), next);
    const mark = MARK.test(written.slice(index, index + 2));
    // A possible mark is treated as one unless it is the next character to show.
    if (mark && found !== next + blanks(shown, next)) continue;
    if (found < 0) return written.slice(index, index + 40);
    next = found + 1;
  }
  return undefined;
}

function blanks(text: string, from: number): number {
  let end = from;
  while (end < text.length && text.charAt(end).trim() === "") end++;
  return end - from;
}
