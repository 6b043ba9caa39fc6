/**
 * A terminal: output is printed above the line that is being typed, which is then redrawn with its cursor.
 */
import { clearScreenDown, createInterface, cursorTo, type Interface, moveCursor } from "node:readline";
import type { ReadStream, WriteStream } from "node:tty";
import { BREAK_SIGN, Keys, PASTES_MARKED, PASTES_UNMARKED } from "./keys.ts";
import type { Completer, Input, Screen, Tone } from "./screen.ts";
import { shownLine, shownLines } from "./shown-text.ts";

/** Select Graphic Rendition (ECMA-48, 8.3.117): dim, bold. Colours would have to fit every theme. */
const STYLES: Readonly<Record<Tone, string>> = { message: "", notice: "\x1b[2m", alert: "\x1b[1m" };
const PLAIN = "\x1b[0m";
/** Erases the screen and the scrollback (xterm's), and moves the cursor to the top. */
const ERASE_ALL = "\x1b[2J\x1b[3J\x1b[H";
const LINES_REMEMBERED = 100;

export interface TerminalOptions {
  readonly input: ReadStream;
  readonly output: WriteStream;
  readonly complete: Completer;
  readonly styled: boolean;
}

export class TerminalScreen implements Screen {
  readonly #output: WriteStream;
  readonly #styled: boolean;
  readonly #lines: Interface;
  #closed = false;

  constructor({ input, output, complete, styled }: TerminalOptions, { line, active, typed, end }: Input) {
    this.#output = output;
    this.#styled = styled;
    const keys = new Keys(input);
    this.#lines = createInterface({
      input: keys,
      output,
      terminal: true,
      prompt: "",
      historySize: LINES_REMEMBERED,
      removeHistoryDuplicates: true,
      completer: (text: string) => {
        const [found, word] = complete(text);
        return [[...found], word] as [string[], string];
      },
    });
    output.write(PASTES_MARKED);
    // The line editor hears of each key first.
    keys.on("keypress", () => {
      active();
      typed(this.#lines.line);
    });
    this.#lines.on("line", (text) => line(text.replaceAll(BREAK_SIGN, "\n")));
    this.#lines.on("SIGINT", () => this.#interrupt());
    this.#lines.once("close", () => {
      this.#closed = true;
      output.write(PASTES_UNMARKED);
      input.unpipe(keys);
      input.pause();
      end();
    });
  }

  print(text: string, tone: Tone = "message"): void {
    const style = this.#styled ? STYLES[tone] : "";
    const rows = shownLines(text, this.#output.columns || undefined);
    const styled = style === "" ? rows : rows.map((row) => `${style}${row}${PLAIN}`);
    if (this.#closed) {
      this.#output.write(`${styled.join("\n")}\n`);
      return;
    }
    const { rows: typed } = this.#lines.getCursorPos();
    moveCursor(this.#output, 0, -typed);
    cursorTo(this.#output, 0);
    clearScreenDown(this.#output);
    // The line editor moves up again by as many rows as the line had before the cursor.
    this.#output.write(`${styled.join("\n")}\n${"\n".repeat(typed)}`);
    this.#lines.prompt(true);
  }

  prompt(text: string): void {
    this.#lines.setPrompt(shownLine(text));
    if (!this.#closed) this.#lines.prompt(true);
  }

  clear(): void {
    this.#output.write(ERASE_ALL);
    if (!this.#closed) this.#lines.prompt(true);
  }

  close(): void {
    this.#lines.close();
  }

  /** Handles Ctrl+C: discards the typed line if there is one, otherwise ends the program. */
  #interrupt(): void {
    if (this.#lines.line === "") {
      this.#lines.close();
      return;
    }
    this.#lines.write(null, { ctrl: true, name: "e" });
    this.#lines.write(null, { ctrl: true, name: "u" });
  }
}
