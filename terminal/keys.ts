/**
 * Passes keys on to the line editor. The terminal marks a paste (bracketed paste, xterm's mode 2004): its line
 * breaks are kept as a sign in the line, so that it is one message, and nothing of it is run before Enter is pressed.
 */
import { Transform, type TransformCallback } from "node:stream";
import { StringDecoder } from "node:string_decoder";
import type { ReadStream } from "node:tty";

/** Stands for a line break in the line that is edited. */
export const BREAK_SIGN = "⏎";
export const PASTES_MARKED = "\x1b[?2004h";
export const PASTES_UNMARKED = "\x1b[?2004l";
const BEGIN = "\x1b[200~";
const END = "\x1b[201~";
/** Escape alone, or with one more key, is pressed by people: it isn't held back. */
const SHORTEST_HELD = 3;
/** A control character in a paste would be a key; those above 0x7F would reach the terminal as they are. */
const CONTROLS = /\p{Cc}/gu;

export class Keys extends Transform {
  readonly #terminal: ReadStream;
  readonly #decoder = new StringDecoder("utf8");
  #isPaste = false;
  /** The start of a mark, perhaps. */
  #held = "";

  constructor(terminal: ReadStream) {
    super();
    this.#terminal = terminal;
    terminal.pipe(this);
  }

  /** For the line editor, which turns the terminal's own editing off. */
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
    // A line break may come in two pieces, too.
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

/** @returns how many characters at the end may be the start of the mark: none or `shortest` and more */
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
