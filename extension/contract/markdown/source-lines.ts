/** Splits a text into lines and remembers the line ending of each. */

const LINE_ENDING = /\r\n|\r|\n/g;

export class SourceLines {
  /** The text, with "\n" for every line ending. */
  readonly text: string;
  readonly #lines: readonly string[];
  readonly #endings: readonly string[];

  constructor(written: string) {
    this.#endings = written.match(LINE_ENDING) ?? [];
    this.#lines = written.split(LINE_ENDING);
    this.text = this.#lines.join("\n");
  }

  get count(): number {
    return this.#lines.length;
  }

  /** @returns the lines from `first` to `end`, exclusive */
  between(first: number, end: number): string {
    return this.#lines.slice(first, end).join("\n");
  }

  isBlank(line: number): boolean {
    return (this.#lines[line] ?? "").trim() === "";
  }

  /** @returns `lines` with their original line endings. @param first the index of their first line in the text */
  asWritten(lines: string, first: number): string {
    return lines
      .split("\n")
      .map((line, index, all) =>
        index === all.length - 1 ? line : line + (this.#endings[first + index] ?? "\n"),
      )
      .join("");
  }
}
