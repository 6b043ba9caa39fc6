/** How a window comes to a seat, and to the next one when it loses it: it takes the lock, or goes to who has it. */
import { setTimeout as pause } from "node:timers/promises";
import { ParleyError, UsageError } from "../../protocol/errors.ts";
import { Follower } from "./follower.ts";
import { isMarkedLocked } from "./locked-mark.ts";
import { Owner, type OwnerOptions } from "./owner.ts";
import { OwnerLock } from "./owner-lock.ts";
import { readRendezvous } from "./rendezvous.ts";
import type { Seat } from "./seat.ts";

/** For so long a window looks for a seat before it says that there is none: another one hangs, or runs another version. */
const PATIENCE_MS = 10_000;
/** Between two tries; grows, for the window that has the lock may take a while to open a long history. */
const FIRST_PAUSE_MS = 10;
const LAST_PAUSE_MS = 1_000;

export class Election {
  readonly #options: OwnerOptions;

  constructor(options: OwnerOptions) {
    this.#options = options;
  }

  /**
   * @param signal aborted: gives up
   * @param before whether this window has lost a seat, and still has the keys
   * @throws UsageError "in-use" when there is none to be had for some seconds, "closed" after the signal, "locked" where
   * the keys are not to be used any more; as Messenger.open, "in-use" excepted
   */
  async run(signal: AbortSignal, before: "unseated" | "seated"): Promise<Seat> {
    const started = performance.now();
    for (let attempt = 0; ; attempt++) {
      const seat = await this.#try(before);
      if (signal.aborted) {
        await seat?.close();
        throw new UsageError("closed", "This window is closing");
      }
      if (seat !== undefined) return seat;
      if (performance.now() - started > PATIENCE_MS) {
        const error = inUse(this.#options.directory);
        this.#options.log.warn(error.message);
        throw error;
      }
      await pause(pauseMs(attempt), undefined, { signal }).catch(() => {});
    }
  }

  /** @returns undefined where no window has the account open */
  follow(): Promise<Follower | undefined> {
    return Follower.join(this.#options);
  }

  async #try(before: "unseated" | "seated"): Promise<Seat | undefined> {
    const { directory } = this.#options;
    const lock = OwnerLock.take(directory);
    if (lock === undefined) return Follower.join(this.#options);
    if (before === "seated" && isMarkedLocked(directory)) {
      lock.release();
      throw new UsageError("locked", "The user locked Parley while this window changed its seat");
    }
    try {
      return await Owner.open(lock, this.#options);
    } catch (error) {
      // A program without windows has the store, or one that was killed has not quite gone.
      if (error instanceof ParleyError && error.code === "in-use") return undefined;
      throw error;
    }
  }
}

/** @returns the error for a window whose owner does not answer; says which process that is, where it is known */
export function inUse(directory: string): UsageError {
  const holder = readRendezvous(directory)?.process;
  const which = holder === undefined ? "Another window" : `Another window (process ${holder})`;
  return new UsageError("in-use", `${which} has the account, and does not answer this one`);
}

/** Jittered, so that windows which woke together do not collide again. */
function pauseMs(attempt: number): number {
  return Math.min(LAST_PAUSE_MS, FIRST_PAUSE_MS * 1.5 ** attempt) * (0.5 + Math.random());
}
