/** Formats and compares safety numbers. */

const GROUPS_PER_LINE = 4;

/** Splits a safety number into lines. @param number 12 groups of five digits @returns three lines of four groups */
export function numberLines(number: string): readonly string[] {
  const groups = digits(number).match(/\d{1,5}/g) ?? [];
  const lines: string[] = [];
  for (let start = 0; start < groups.length; start += GROUPS_PER_LINE)
    lines.push(groups.slice(start, start + GROUPS_PER_LINE).join("  "));
  return lines;
}

/** Compares all digits and ignores other characters, such as line breaks and spaces from a mail. */
export function sameNumber(pasted: string, number: string): boolean {
  return digits(number).length > 0 && digits(pasted) === digits(number);
}

function digits(text: string): string {
  return text.replace(/\D/g, "");
}
