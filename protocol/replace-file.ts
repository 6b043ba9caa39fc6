/**
 * Moves a file or folder to its place in one step, the only place that does: on Windows that fails for as long as another program, a virus
 * scanner or an indexer for example, has the file open, so it's tried again for a while there.
 */
import { renameSync } from "node:fs";
import { rename } from "node:fs/promises";
import { setTimeout as pause } from "node:timers/promises";
import { StorageError } from "./errors.ts";

/** Windows' errors for a file that another program has open. */
const HELD: ReadonlySet<unknown> = new Set(["EPERM", "EACCES", "EBUSY"]);
const PATIENCE_MS = 5_000;
/** Without the event loop: everything else waits meanwhile. */
const SYNC_PATIENCE_MS = 500;
const FIRST_PAUSE_MS = 10;
const LAST_PAUSE_MS = 500;

/** Of the system, replaced by tests. */
export interface System<Rename> {
  readonly rename: Rename;
  readonly platform: NodeJS.Platform;
}

/**
 * Replaces the file `to`, if there is one, by `from`, which stays where it is when this throws.
 * @throws StorageError "file-in-use" after some seconds; the disk's other errors at once
 */
export async function replaceFile(
  from: string,
  to: string,
  system: System<(from: string, to: string) => Promise<void>> = { rename, platform: process.platform },
): Promise<void> {
  const tries = new Tries(from, to, system.platform, PATIENCE_MS);
  for (;;) {
    try {
      await system.rename(from, to);
      return;
    } catch (error) {
      await pause(tries.pauseAfter(error));
    }
  }
}

/** As replaceFile(), for callers that cannot wait for the event loop; gives up sooner. */
export function replaceFileSync(
  from: string,
  to: string,
  system: System<(from: string, to: string) => void> = { rename: renameSync, platform: process.platform },
): void {
  const tries = new Tries(from, to, system.platform, SYNC_PATIENCE_MS);
  const nobody = new Int32Array(new SharedArrayBuffer(4));
  for (;;) {
    try {
      system.rename(from, to);
      return;
    } catch (error) {
      Atomics.wait(nobody, 0, 0, tries.pauseAfter(error));
    }
  }
}

class Tries {
  readonly #from: string;
  readonly #to: string;
  readonly #platform: NodeJS.Platform;
  #left: number;
  #pause = FIRST_PAUSE_MS;

  constructor(from: string, to: string, platform: NodeJS.Platform, patienceMs: number) {
    this.#from = from;
    this.#to = to;
    this.#platform = platform;
    this.#left = patienceMs;
  }

  /** @returns milliseconds until the next try. @throws where there is none */
  pauseAfter(error: unknown): number {
    const held = error instanceof Error && "code" in error && HELD.has(error.code);
    if (!held || this.#platform !== "win32") throw error;
    if (this.#left <= 0)
      throw new StorageError(
        "file-in-use",
        `Another program has ${this.#to} open; what was to replace it is ${this.#from}`,
        { cause: error },
      );
    const ms = this.#pause;
    this.#left -= ms;
    this.#pause = Math.min(LAST_PAUSE_MS, 2 * ms);
    return ms;
  }
}
