/**
 * Passes keys to the line editor. The terminal marks a paste (bracketed paste, xterm's mode 2004): its line
 * breaks become a sign within the line, so that the paste is one message, and none of it is executed before
 * Enter is pressed.
 */
import { Transform, type TransformCallback } from "node:stream";
import { StringDecoder } from "node:string_decoder";
import type { ReadStream } from "node:tty";

/** Represents a line break in the edited line. */
export const BREAK_SIGN = "⏎";
export const PASTES_MARKED = "\x1b[?2004h";
export const PASTES_UNMARKED = "\x1b[?2004l";
const BEGIN = "\x1b[200~";
const END = "\x1b[201~";
/** People press Escape alone, or with one more key: that is not held back. */
const SHORTEST_HELD = 3;
/** A control character in a paste would act as a key; those above 0x7F would reach the terminal unchanged. */
const CONTROLS = /\p{Cc}/gu;

export class Keys extends Transform {
  readonly #terminal: ReadStream;
  readonly #decoder = new StringDecoder("utf8");
  #isPaste = false;
  /** Possibly the start of a mark. */
  #held = "";

  constructor(terminal: ReadStream) {
    super();
    this.#terminal = terminal;
    terminal.pipe(this);
  }

  /** Called by the line editor to turn off the terminal's own editing. */
  setRawMode(on: boolean): this {
    this.#terminal.setRawMode(on);
    return this;
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    let rest = this.#held + this.#decoder.write(chunk);
    this.#held = "";
    for (;;) {
      const mark = this.#isPaste ? END : BEGIN;
      const at = rest.indexOf(mark);
      if (at === -1) break;
      this.#pass(rest.slice(0, at));
      this.#isPaste = !this.#isPaste;
      rest = rest.slice(at + mark.length);
    }
    // A line break may also arrive in two pieces.
    const inPaste = () => Math.max(markBegun(rest, END), rest.endsWith("\r") ? 1 : 0);
    const held = this.#isPaste ? inPaste() : markBegun(rest, BEGIN, SHORTEST_HELD);
    this.#pass(rest.slice(0, rest.length - held));
    this.#held = rest.slice(rest.length - held);
    done();
  }

  #pass(text: string): void {
    if (text === "") return;
    this.push(this.#isPaste ? pasted(text) : text.replace(/[\u0080-\u009F]/g, ""));
  }
}

/** Returns how many characters at the end may be the start of the mark: none, or at least `shortest`. */
function markBegun(text: string, mark: string, shortest = 1): number {
  for (let length = Math.min(mark.length - 1, text.length); length >= shortest; length--)
    if (mark.startsWith(text.slice(-length))) return length;
  return 0;
}

function pasted(text: string): string {
  return text
    .replace(/\r\n?|\n/g, BREAK_SIGN)
    .replace(/\t/g, "    ")
    .replace(CONTROLS, "");
}
