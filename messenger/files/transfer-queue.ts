/** Transfers of one way, one at a time: no more than two parts are under way, so that a message never waits for more. Each goes on after a lost line. */
import { UsageError } from "../../protocol/errors.ts";
import type { MessengerLog } from "../model.ts";
import { isInterruption } from "./file-errors.ts";

/** After an answer that asks for patience, or none at all though the line is up. */
const RETRY_MS = 2_000;

/** Moves one file, or the rest of it. Every error but an interruption of the line is its own affair. */
export type Run<Key extends string> = (key: Key, signal: AbortSignal) => Promise<void>;

export class TransferQueue<Key extends string> {
  readonly #run: Run<Key>;
  readonly #log: MessengerLog;
  readonly #waiting: Key[] = [];
  #running: { readonly key: Key; readonly abort: AbortController } | undefined;
  #paused: NodeJS.Timeout | "until there is a line" | undefined;
  #closed = false;

  constructor(run: Run<Key>, log: MessengerLog) {
    this.#run = run;
    this.#log = log;
  }

  /** Puts a transfer at the end of the queue, unless it is there. */
  add(key: Key): void {
    if (this.#running?.key !== key && !this.#waiting.includes(key)) this.#waiting.push(key);
    this.#next();
  }

  cancel(key: Key): void {
    const at = this.#waiting.indexOf(key);
    if (at >= 0) this.#waiting.splice(at, 1);
    if (this.#running?.key === key) this.#running.abort.abort();
  }

  lineOpened(): void {
    this.#resume();
  }

  close(): void {
    this.#closed = true;
    this.#resume();
    this.#waiting.length = 0;
    this.#running?.abort.abort();
  }

  #resume(): void {
    if (typeof this.#paused === "object") clearTimeout(this.#paused);
    this.#paused = undefined;
    this.#next();
  }

  #next(): void {
    if (this.#closed || this.#running !== undefined || this.#paused !== undefined) return;
    const key = this.#waiting.shift();
    if (key === undefined) return;
    const running = { key, abort: new AbortController() };
    this.#running = running;
    this.#run(key, running.abort.signal)
      .catch((error: unknown) => this.#ended(key, running.abort.signal, error))
      .finally(() => {
        this.#running = undefined;
        this.#next();
      });
  }

  #ended(key: Key, { aborted }: AbortSignal, error: unknown): void {
    if (this.#closed || aborted) return;
    if (!isInterruption(error)) {
      this.#log.error(`A file's transfer failed: ${error instanceof Error ? error.stack : String(error)}`);
      return;
    }
    this.#waiting.unshift(key);
    const isOffline = error instanceof UsageError && error.code === "not-connected";
    this.#paused = isOffline ? "until there is a line" : setTimeout(() => this.#resume(), RETRY_MS).unref();
  }
}
