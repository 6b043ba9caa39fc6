/**
 * How much of this program's time goes into one chat's messages, seen or not: it is one of many that share the editor's extension
 * host. A backlog of some hundred messages is taken as fast as it can be; the rest takes a quarter of the time, and of
 * everybody's together a half. Waiting deliveries are not confirmed, so the server keeps them.
 *
 * The cost of work is this process's CPU time, so that a busy computer makes nobody slower than it does itself. Other people's turns in
 * between are in it: where many are at it, each gets less.
 */
import type { ChatId } from "../model.ts";

/** People never talked with: they share one budget, since one attacker can be any number of them. */
export const STRANGERS = Symbol("strangers");
export type Payer = ChatId | typeof STRANGERS;

/** @param share of the time, once `burstMs` are used up */
interface Allowance {
  readonly burstMs: number;
  readonly share: number;
}
const FOR_EACH: Allowance = { burstMs: 500, share: 0.25 };
const FOR_ALL: Allowance = { burstMs: 2_000, share: 0.5 };
/** No piece of work is this long: the process's other work meanwhile must not make anybody wait for minutes. */
const LONGEST_MS = 1_000;

export class Pace {
  readonly #clock: () => number;
  readonly #cpu: () => number;
  readonly #each = new Map<Payer, Budget>();
  readonly #all: Budget;

  /** @param clock monotonic milliseconds @param cpu the time that this process has used so far, milliseconds */
  constructor(clock: () => number = () => performance.now(), cpu: () => number = cpuMs) {
    this.#clock = clock;
    this.#cpu = cpu;
    this.#all = new Budget(FOR_ALL, clock());
  }

  /** @returns how long their next piece of work is to wait, milliseconds */
  waitMs(who: Payer): number {
    const now = this.#clock();
    // For all together each waits as long, and then does one piece: somebody with little to do waits for one round at most.
    return Math.max(this.#each.get(who)?.waitMs(now) ?? 0, this.#all.waitMs(now));
  }

  /** Resolves when their next piece of work may begin. @returns whether it had to wait */
  async turn(who: Payer): Promise<boolean> {
    let waited = false;
    for (;;) {
      const wait = this.waitMs(who);
      if (wait === 0) return waited;
      waited = true;
      await new Promise<void>((resolve) => setTimeout(resolve, wait).unref());
    }
  }

  /** Does a piece of work at their expense. @returns the result of the work */
  async spend<Result>(who: Payer, work: () => Promise<Result> | Result): Promise<Result> {
    const began = this.#cpu();
    try {
      return await work();
    } finally {
      const now = this.#clock();
      const each = this.#each.get(who) ?? new Budget(FOR_EACH, now);
      this.#each.set(who, each);
      const took = Math.min(this.#cpu() - began, LONGEST_MS);
      each.spend(took, now);
      this.#all.spend(took, now);
    }
  }
}

function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/** A token bucket of milliseconds, which may be overdrawn by one piece of work. */
class Budget {
  readonly #allowance: Allowance;
  #level: number;
  #at: number;

  constructor(allowance: Allowance, now: number) {
    this.#allowance = allowance;
    this.#level = allowance.burstMs;
    this.#at = now;
  }

  #levelAt(now: number): number {
    const { burstMs, share } = this.#allowance;
    this.#level = Math.min(burstMs, this.#level + (now - this.#at) * share);
    this.#at = now;
    return this.#level;
  }

  spend(ms: number, now: number): void {
    this.#level = this.#levelAt(now) - ms;
  }

  waitMs(now: number): number {
    const level = this.#levelAt(now);
    return level > 0 ? 0 : Math.ceil(1 - level / this.#allowance.share);
  }
}
