/**
 * Plain lines, for input or output that is not a terminal: no prompt, no colours, and nothing is ever erased.
 */
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import type { Input, Screen } from "./screen.ts";
import { shownLines } from "./shown-text.ts";

export class PipeScreen implements Screen {
  readonly #output: Writable;
  readonly #close: () => void;

  constructor(input: Readable, output: Writable, { line, active, end }: Input) {
    this.#output = output;
    const lines = createInterface({ input, terminal: false });
    this.#close = () => lines.close();
    lines.on("line", (text) => {
      active();
      line(text);
    });
    lines.once("close", end);
  }

  print(text: string): void {
    this.#output.write(`${shownLines(text).join("\n")}\n`);
  }

  prompt(): void {}

  clear(): void {}

  close(): void {
    this.#close();
  }
}
