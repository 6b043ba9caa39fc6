/** The log of what was refused: one by one, and what comes faster in sums, so that nobody fills the disk from outside. */
import type { Logger } from "pino";
import { WorkBudget } from "./work-budget.ts";

const LINES_PER_SECOND = 2;
const LINES_AT_ONCE = 100;
/** One line with sums this often, milliseconds. */
const SUM_MS = 1000;

/** What the lines say. */
const WORDS = {
  handshakes: { one: "handshake failed", sum: "more handshakes failed" },
  requests: { one: "request refused", sum: "more requests refused" },
} as const;

export interface Refused {
  /** A stable code: there are few, whatever strangers do. */
  readonly reason: string;
  readonly connection?: number;
  readonly address?: string;
}

export class RefusalLog {
  readonly #words: (typeof WORDS)[keyof typeof WORDS];
  readonly #log: Logger;
  readonly #budget: WorkBudget;
  readonly #unlogged = new Map<string, number>();
  #summedAt: number;

  /** @param now monotonic milliseconds, here and below */
  constructor(what: keyof typeof WORDS, log: Logger, now: number) {
    this.#words = WORDS[what];
    this.#log = log;
    this.#budget = new WorkBudget(LINES_PER_SECOND, LINES_AT_ONCE, now);
    this.#summedAt = now;
  }

  /** @param log where the line goes: that of the connection, if it has one */
  note(refused: Refused, now: number, log: Logger = this.#log): void {
    if (this.#budget.take(1, now) === 0) log.info(refused, this.#words.one);
    else this.#unlogged.set(refused.reason, (this.#unlogged.get(refused.reason) ?? 0) + 1);
  }

  /** Logs the sums, where there are any and the last were long enough ago. */
  tick(now: number): void {
    if (this.#unlogged.size === 0 || now - this.#summedAt < SUM_MS) return;
    this.#summedAt = now;
    this.#log.info({ reasons: Object.fromEntries(this.#unlogged) }, this.#words.sum);
    this.#unlogged.clear();
  }
}
