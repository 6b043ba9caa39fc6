/** The log of handshakes that failed: one by one, and what comes faster in sums, so that nobody fills the disk from outside. */
import type { Logger } from "pino";
import { WorkBudget } from "./work-budget.ts";

const LINES_PER_SECOND = 2;
const LINES_AT_ONCE = 100;
/** One line with sums this often, milliseconds. */
const SUM_MS = 1000;

export interface Failure {
  readonly connection: number;
  readonly address: string;
  /** A stable code: there are few, whatever strangers do. */
  readonly reason: string;
}

export class FailureLog {
  readonly #log: Logger;
  readonly #budget: WorkBudget;
  readonly #unlogged = new Map<string, number>();
  #summedAt: number;

  /** @param now monotonic milliseconds, here and below */
  constructor(log: Logger, now: number) {
    this.#log = log;
    this.#budget = new WorkBudget(LINES_PER_SECOND, LINES_AT_ONCE, now);
    this.#summedAt = now;
  }

  note(failure: Failure, now: number): void {
    if (this.#budget.take(1, now) === 0) this.#log.info(failure, "handshake failed");
    else this.#unlogged.set(failure.reason, (this.#unlogged.get(failure.reason) ?? 0) + 1);
  }

  /** Logs the sums, where there are any and the last were long enough ago. */
  tick(now: number): void {
    if (this.#unlogged.size === 0 || now - this.#summedAt < SUM_MS) return;
    this.#summedAt = now;
    this.#log.info({ reasons: Object.fromEntries(this.#unlogged) }, "more handshakes failed");
    this.#unlogged.clear();
  }
}
