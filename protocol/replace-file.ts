/**
 * Moves a file or folder into place in one step; nothing else in Parley does. On Windows that fails while
 * another program, e.g. a virus scanner or an indexer, has the file open, so it's retried for a while there.
 */
import { renameSync } from "node:fs";
import { rename } from "node:fs/promises";
import { setTimeout as pause } from "node:timers/promises";
import { StorageError } from "./errors.ts";

/** Windows' error codes for a file that another program has open. */
const HELD: ReadonlySet<unknown> = new Set(["EPERM", "EACCES", "EBUSY"]);
const PATIENCE_MS = 5_000;
/** Retrying without the event loop blocks everything else, so this is short. */
const SYNC_PATIENCE_MS = 500;
const FIRST_PAUSE_MS = 10;
const LAST_PAUSE_MS = 500;

/** The calls into the system, replaced by tests. */
export interface System<Rename> {
  readonly rename: Rename;
  readonly platform: NodeJS.Platform;
}

/**
 * Moves `from` to `to`, replacing a file there. If it throws, `from` stays where it is.
 * @throws StorageError "file-in-use" after some seconds; other errors of the disk at once
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

/** Replaces as replaceFile() does, for callers that cannot return to the event loop; gives up sooner. */
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

  /**
   * Returns milliseconds until the next try.
   * @throws the error when there is no next try
   */
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
