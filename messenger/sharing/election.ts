/** Finds a role for a window, at first and whenever a role ends: it takes the lock, or follows the window that has it. */
import { setTimeout as pause } from "node:timers/promises";
import { ParleyError, UsageError } from "../../protocol/errors.ts";
import { readEndpoint } from "./endpoint-file.ts";
import { Follower } from "./follower.ts";
import { Leader, type LeaderOptions } from "./leader.ts";
import { LeaderLock } from "./leader-lock.ts";
import { isMarkedLocked } from "./locked-mark.ts";
import type { Role } from "./role.ts";

/** Milliseconds after which a window without a role reports that: the leader hangs, or runs another version. */
const PATIENCE_MS = 10_000;
/** Milliseconds between the first two attempts. The pause grows, since a leader may take a while to open a long history. */
const FIRST_PAUSE_MS = 10;
const LAST_PAUSE_MS = 1_000;

interface ElectionOptions extends LeaderOptions {
  /** As in SharedMessengerOptions. */
  readonly onlyFollows?: boolean;
}

export class Election {
  readonly #options: ElectionOptions;

  constructor(options: ElectionOptions) {
    this.#options = options;
  }

  /**
   * Searches for a role until there is one.
   * @param signal stops the search
   * @param which "next" if this window had a role before, so that it still has the keys
   * @throws UsageError "in-use" after PATIENCE_MS without a role, "closed" after the signal, "locked" if the keys must not be used any
   * more; other errors as Messenger.open
   */
  async run(signal: AbortSignal, which: "first" | "next"): Promise<Role> {
    const started = performance.now();
    for (let attempt = 0; ; attempt++) {
      const role = await this.#try(which);
      if (signal.aborted) {
        await role?.close();
        throw new UsageError("closed", "This window is closing");
      }
      if (role !== undefined) return role;
      if (performance.now() - started > PATIENCE_MS) {
        const error = inUse(this.#options.directory);
        this.#options.log.warn(error.message);
        throw error;
      }
      await pause(pauseMs(attempt), undefined, { signal }).catch(() => {});
    }
  }

  /** @returns undefined if no window has the account open */
  follow(): Promise<Follower | undefined> {
    return Follower.join(this.#options);
  }

  async #try(which: "first" | "next"): Promise<Role | undefined> {
    const { directory, onlyFollows } = this.#options;
    if (onlyFollows === true) return Follower.join(this.#options);
    const lock = LeaderLock.take(directory);
    if (lock === undefined) return Follower.join(this.#options);
    if (which === "next" && isMarkedLocked(directory)) {
      lock.release();
      throw new UsageError("locked", "The user locked Parley while this window changed its role");
    }
    try {
      return await Leader.open(lock, this.#options);
    } catch (error) {
      // The store is open in a program that is not a window, or in a killed one that has not ended yet.
      if (error instanceof ParleyError && error.code === "in-use") return undefined;
      throw error;
    }
  }
}

/** @returns the error for a leader that does not answer, with its process id if that is known */
export function inUse(directory: string): UsageError {
  const leader = readEndpoint(directory)?.process;
  const which = leader === undefined ? "Another window" : `Another window (process ${leader})`;
  return new UsageError("in-use", `${which} has the account, and does not answer this one`);
}

/** Returns the next pause, with jitter, so that windows that woke together do not collide again. */
function pauseMs(attempt: number): number {
  return Math.min(LAST_PAUSE_MS, FIRST_PAUSE_MS * 1.5 ** attempt) * (0.5 + Math.random());
}
