/**
 * Sends messages from one person to another, at a fixed rate or as fast as they are accepted, and measures
 * their delays.
 */
import { setTimeout as after } from "node:timers/promises";
import type { Pace, Traffic } from "./asks.ts";

export interface Pair {
  /** Sends one message that carries `stamp`. */
  send(stamp: number): void;
}

/** Pairs whose receivers can disconnect and reconnect. */
export interface Mailing extends Pair {
  leave(): Promise<void>;
  comeBack(): Promise<void>;
}

const WARM_UP_MS = 1500;
const PATIENCE_MS = 15_000;

export class Driver<Of extends Pair = Pair> {
  readonly #pairs: readonly Of[];
  readonly #arrivals: number[] = [];
  readonly #answers: number[] = [];
  /** The send times of each pair's unanswered messages; answers arrive in order. */
  readonly #unanswered = new Map<Pair, number[]>();
  #sent = 0;
  #arrived = 0;
  #answered = 0;
  #measuring = false;
  #stopped = false;
  #window = false;

  /**
   * @param pairs that call `arrived` and `answered` below
   */
  constructor(pairs: readonly Of[]) {
    this.#pairs = pairs;
    for (const pair of pairs) this.#unanswered.set(pair, []);
  }

  arrived(stamp: number): void {
    this.#arrived += 1;
    if (this.#measuring) this.#arrivals.push(performance.now() - stamp);
  }

  /** Counts the server's answer that a message was delivered or stored. */
  answered(pair: Pair): void {
    const stamp = this.#unanswered.get(pair)?.shift();
    this.#answered += 1;
    if (this.#measuring && stamp !== undefined) this.#answers.push(performance.now() - stamp);
    if (this.#window && !this.#stopped) this.#send(pair);
  }

  /**
   * Sends for some seconds.
   * @param begun called when the measurement begins, after a warm-up;
   * @param ended when it ends
   */
  async traffic(pace: Pace, seconds: number, begun: () => void, ended: () => void): Promise<Traffic> {
    const pacing = pace.type === "rate" ? this.#atRate(pace.perSecond) : this.#inWindow(pace.size);
    await after(WARM_UP_MS);
    begun();
    this.#measuring = true;
    const start = performance.now();
    await after(seconds * 1000);
    this.#measuring = false;
    const took = (performance.now() - start) / 1000;
    ended();
    this.#stopped = true;
    await pacing;
    await this.#until(() => this.#arrived >= this.#sent);
    return this.#result(took);
  }

  /**
   * Sends everything while the receivers are offline, then lets them return and collect it. Measures both
   * phases.
   */
  async mail(
    this: Driver<Mailing>,
    perSecond: number,
    seconds: number,
    begun: () => void,
    ended: () => void,
  ): Promise<Traffic> {
    await Promise.all(this.#pairs.map((pair) => pair.leave()));
    begun();
    this.#measuring = true;
    const start = performance.now();
    const pacing = this.#atRate(perSecond);
    await after(seconds * 1000);
    this.#stopped = true;
    await pacing;
    await this.#until(() => this.#answered >= this.#sent);
    await Promise.all(this.#pairs.map((pair) => pair.comeBack()));
    await this.#until(() => this.#arrived >= this.#sent);
    ended();
    return this.#result((performance.now() - start) / 1000);
  }

  #result(seconds: number): Traffic {
    const [arrivals, answers] = [sorted(this.#arrivals), sorted(this.#answers)];
    return {
      delivered: arrivals.length,
      lost: this.#sent - this.#arrived,
      seconds,
      p50: at(arrivals, 0.5),
      p99: at(arrivals, 0.99),
      answeredP50: at(answers, 0.5),
      answeredP99: at(answers, 0.99),
    };
  }

  #send(pair: Pair): void {
    const stamp = performance.now();
    this.#sent += 1;
    this.#unanswered.get(pair)?.push(stamp);
    pair.send(stamp);
  }

  async #atRate(perSecond: number): Promise<void> {
    const start = performance.now();
    for (let sent = 0; !this.#stopped; await after(1)) {
      const due = ((performance.now() - start) * perSecond) / 1000;
      for (; sent < due; sent++) {
        const pair = this.#pairs[sent % this.#pairs.length];
        if (pair !== undefined) this.#send(pair);
      }
    }
  }

  async #inWindow(size: number): Promise<void> {
    this.#window = true;
    for (const pair of this.#pairs) for (let n = 0; n < size; n++) this.#send(pair);
  }

  async #until(done: () => boolean): Promise<void> {
    const deadline = performance.now() + PATIENCE_MS;
    while (!done() && performance.now() < deadline) await after(5);
  }
}

function sorted(values: readonly number[]): Float64Array {
  return Float64Array.from(values).sort();
}

function at(values: Float64Array, share: number): number {
  return values[Math.floor(values.length * share)] ?? Number.NaN;
}
