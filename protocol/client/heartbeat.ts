/**
 * When to ask for a sign of life, and when to give a line up. Pure: the caller supplies the clock and the
 * timer.
 */
import { DEAD_AFTER_MS, KEEP_ALIVE_MS } from "../limits.ts";

/** A server that asks for a shorter interval would make us send little else. */
const SHORTEST_KEEP_ALIVE_MS = 1_000;

/**
 * Times are Unix milliseconds of the wall clock on purpose: it continues while a laptop sleeps, so the first
 * tick after a long sleep finds a long silence and gives the line up at once instead of one timeout later.
 */
export class Heartbeat {
  /** The interval at which the peer expects to hear from us. */
  readonly intervalMs: number;
  #sent: number;
  #received: number;
  #lastTick: number;

  /**
   * @param wishedMs the interval that the server announced; a shorter one than ours is followed, a longer one
   * is ignored
   */
  constructor(wishedMs: number, now: number) {
    this.intervalMs = Math.min(KEEP_ALIVE_MS, Math.max(SHORTEST_KEEP_ALIVE_MS, wishedMs || KEEP_ALIVE_MS));
    this.#sent = now;
    this.#received = now;
    this.#lastTick = now;
  }

  /** The interval at which to call tick(), milliseconds: it is late by a third of `intervalMs` at most. */
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
    // The clock was set back, which says nothing about the line: start counting again.
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
