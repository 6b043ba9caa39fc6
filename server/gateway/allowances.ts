/**
 * The units that each person may still spend, over all their connections: signing in again does not renew
 * them. Entries are kept until they are full again, so only for people who sent requests within the last
 * seconds.
 */
import type { Username } from "../../protocol/names.ts";
import type { ServerLimits } from "../limits.ts";
import { WorkBudget } from "./work-budget.ts";

interface Allowance {
  readonly work: WorkBudget;
  /** Requests refused as too fast; regenerates with time, as work does. */
  readonly refusals: WorkBudget;
}

type Limits = Pick<ServerLimits, "workPerSecond" | "workBurst" | "refusalsTolerated">;

export class Allowances {
  readonly #limits: Limits;
  readonly #people = new Map<Username, Allowance>();

  constructor(limits: Limits) {
    this.#limits = limits;
  }

  /** Number of people remembered. */
  get size(): number {
    return this.#people.size;
  }

  /**
   * Takes units.
   * @param now monotonic milliseconds, here and below.
   * @param leaving units that must be left afterwards
   * @returns 0, or the milliseconds to wait until there is enough; nothing is taken then
   */
  take(name: Username, units: number, now: number, leaving = 0): number {
    return this.#of(name, now).work.take(units, now, leaving);
  }

  /** Returns whether one more request may be refused without ending the connection. */
  tolerates(name: Username, now: number): boolean {
    return this.#of(name, now).refusals.take(1, now) === 0;
  }

  /** Forgets people whose budget is full again. */
  tick(now: number): void {
    for (const [name, { work, refusals }] of this.#people)
      if (work.full(now) && refusals.full(now)) this.#people.delete(name);
  }

  #of(name: Username, now: number): Allowance {
    const known = this.#people.get(name);
    if (known !== undefined) return known;
    const { workPerSecond, workBurst, refusalsTolerated } = this.#limits;
    const made = {
      work: new WorkBudget(workPerSecond, workBurst, now),
      refusals: new WorkBudget(refusalsTolerated / 10, refusalsTolerated, now),
    };
    this.#people.set(name, made);
    return made;
  }
}
