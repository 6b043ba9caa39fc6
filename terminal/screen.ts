/** Shows lines and reads input: a terminal with a line editor, or a pipe. */

/** message: people's words. notice: Parley's own. alert: a decision is needed, or an error occurred. */
export type Tone = "message" | "notice" | "alert";

export interface Screen {
  /** Prints a text above the line that is being typed. All output goes through shownLines(). */
  print(text: string, tone?: Tone): void;
  /** Sets the prompt. */
  prompt(text: string): void;
  /** Erases the screen and the scrollback. */
  clear(): void;
  close(): void;
}

export interface Input {
  line(text: string): void;
  /** A key was pressed, so the person is present. */
  active(): void;
  /** The line that is being typed has changed. Not called in a pipe. */
  typed(line: string): void;
  /** The end of the input. */
  end(): void;
}

/** Returns completions of the word at the end of the line, and that word. */
export type Completer = (line: string) => [readonly string[], string];
