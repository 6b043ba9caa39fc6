/** Where lines are shown and where they come from: a terminal with a line editor, or a pipe. */

/** message: people's words. notice: Parley's own. alert: somebody has to decide, or something went wrong. */
export type Tone = "message" | "notice" | "alert";

export interface Screen {
  /** Shows a text, above the line that is being typed. Everything shown goes through shownLines(). */
  print(text: string, tone?: Tone): void;
  /** Sets the words in front of the line that is typed. */
  prompt(text: string): void;
  /** Erases the screen and the lines that can be scrolled back to. */
  clear(): void;
  close(): void;
}

export interface Input {
  line(text: string): void;
  /** The person is there: pressed a key. */
  active(): void;
  /** There is no more. */
  end(): void;
}

/** @returns completions of the word that the line ends with, and that word */
export type Completer = (line: string) => [readonly string[], string];
