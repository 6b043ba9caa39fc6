/** Hands files that were pasted or dropped to the extension: one after the other, in pieces, each after the extension took the one before. */
import { shownFileName } from "../../messenger/text/file-name.ts";
import { MAX_NAME_CHARACTERS, PIECE_BYTES } from "../contract/attachments.ts";
import type { Host } from "./host.ts";
import { newId } from "./new-id.ts";
import { strings } from "./strings.ts";

export interface PageFilesParts {
  readonly changed: () => void;
  readonly failed: (text: string) => void;
}

interface Reading {
  readonly id: string;
  readonly file: File;
  share: number;
  /** Called with the extension's answer to a piece. */
  answered: (taken: boolean) => void;
  stopped: boolean;
  readonly ended: (complete: boolean) => void;
}

export class PageFiles {
  readonly #host: Host;
  readonly #parts: PageFilesParts;
  #queue: readonly Reading[] = [];

  constructor(host: Host, parts: PageFilesParts) {
    this.#host = host;
    this.#parts = parts;
  }

  /** Returns the files that are still to be handed over, with the share of each that was. */
  get names(): readonly { readonly id: string; readonly name: string; readonly share: number }[] {
    return this.#queue.map(({ id, file, share }) => ({ id, name: file.name, share }));
  }

  add(files: readonly File[]): void {
    for (const file of files) void this.addNow(file);
  }

  /** @returns whether the extension took all of it */
  addNow(file: File): Promise<boolean> {
    return new Promise((ended) => {
      const reading = { id: newId(), file, share: 0, answered: () => {}, stopped: false, ended };
      this.#queue = [...this.#queue, reading];
      if (this.#queue.length === 1) void this.#next();
      else this.#parts.changed();
    });
  }

  /** Gives up a file. */
  stop(id: string): void {
    const reading = this.#queue.find((one) => one.id === id);
    if (reading === undefined) return;
    this.#host.post({ type: "stopPieces", file: id });
    reading.stopped = true;
    reading.answered(false);
    if (this.#queue[0] !== reading) this.#end(reading, false);
  }

  taken(id: string): void {
    this.#queue.find((one) => one.id === id)?.answered(true);
  }

  /** Ends a file that the extension has refused. */
  refused(id: string): void {
    this.#queue.find((one) => one.id === id)?.answered(false);
  }

  async #next(): Promise<void> {
    for (let [reading] = this.#queue; reading !== undefined; [reading] = this.#queue) {
      this.#parts.changed();
      this.#end(reading, await this.#handOver(reading));
    }
  }

  #end(reading: Reading, complete: boolean): void {
    this.#queue = this.#queue.filter((one) => one !== reading);
    reading.ended(complete);
    this.#parts.changed();
  }

  /** @returns whether the extension took all of it */
  async #handOver(reading: Reading): Promise<boolean> {
    const { id, file } = reading;
    try {
      for (let offset = 0; offset === 0 || offset < file.size; ) {
        const data = new Uint8Array(await file.slice(offset, offset + PIECE_BYTES).arrayBuffer());
        if (reading.stopped) return false;
        if (data.length === 0 && file.size > 0) throw new Error("The file has become shorter");
        const name = file.name.slice(0, MAX_NAME_CHARACTERS);
        const taken = new Promise<boolean>((resolve) => {
          reading.answered = resolve;
        });
        this.#host.post({ type: "attachPiece", file: id, name, bytes: file.size, offset, data });
        if (!(await taken)) return false;
        offset += data.length;
        reading.share = file.size === 0 ? 1 : offset / file.size;
        this.#parts.changed();
        if (file.size === 0) return true;
      }
      return true;
    } catch {
      // The browser reports a file that is gone, locked or changed; a folder, on some systems, only now.
      this.#host.post({ type: "stopPieces", file: id });
      this.#parts.failed(strings.unreadableFile(shownFileName(file.name)));
      return false;
    }
  }
}
