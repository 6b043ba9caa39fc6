/** When to ask for a sign of life, and when to give a line up. Pure: the caller has the clock and the timer. */
import { DEAD_AFTER_MS, KEEP_ALIVE_MS } from "../limits.ts";

/** Below this a server's wish would have us talk of nothing else. */
const SHORTEST_KEEP_ALIVE_MS = 1_000;

/**
 * Times are Unix milliseconds of the wall clock, on purpose: it runs on while a laptop sleeps, so the first tick
 * after a long sleep finds a long silence and the line is given up at once instead of a timeout later.
 */
export class Heartbeat {
  /** How often the peer wants to hear from us. */
  readonly intervalMs: number;
  #sent: number;
  #received: number;
  #lastTick: number;

  /** @param wishedMs the interval the server announced; shorter than ours is honoured, longer is not needed */
  constructor(wishedMs: number, now: number) {
    this.intervalMs = Math.min(KEEP_ALIVE_MS, Math.max(SHORTEST_KEEP_ALIVE_MS, wishedMs || KEEP_ALIVE_MS));
    this.#sent = now;
    this.#received = now;
    this.#lastTick = now;
  }

  /** Call tick() this often, milliseconds: late by a third of the interval at most. */
  get tickMs(): number {
    return Math.floor(this.intervalMs / 3);
  }

  sent(now: number): void {
    this.#sent = now;
  }

  received(now: number): void {
    this.#received = now;
  }

  tick(now: number): "quiet" | "ping" | "dead" {
    // A clock set back says nothing about the line: start counting anew.
    if (now < this.#lastTick) {
      this.#sent = now;
      this.#received = now;
    }
    this.#lastTick = now;
    if (now - this.#received >= DEAD_AFTER_MS) return "dead";
    const due = this.intervalMs - this.tickMs;
    return now - this.#sent >= due || now - this.#received >= due ? "ping" : "quiet";
  }
}
