/**
 * A histogram of durations with cumulative buckets, as in Prometheus: each bucket counts all values up to its
 * bound.
 */
import type { Sample } from "./exposition.ts";

export class Histogram {
  readonly #bounds: readonly number[];
  /** One count for each bound, and one for values beyond the last. */
  readonly #counts: Float64Array;
  #sum = 0;

  /** @param bounds ascending, in the unit of the observed values */
  constructor(bounds: readonly number[]) {
    this.#bounds = bounds;
    this.#counts = new Float64Array(bounds.length + 1);
  }

  observe(value: number): void {
    let at = 0;
    while (at < this.#bounds.length && value > (this.#bounds[at] ?? 0)) at += 1;
    this.#counts[at] = (this.#counts[at] ?? 0) + 1;
    this.#sum += value;
  }

  get samples(): Sample[] {
    let count = 0;
    const buckets = [...this.#bounds, Number.POSITIVE_INFINITY].map((bound, at) => {
      count += this.#counts[at] ?? 0;
      const le = bound === Number.POSITIVE_INFINITY ? "+Inf" : String(bound);
      return { suffix: "_bucket", labels: { le }, value: count };
    });
    return [...buckets, { suffix: "_sum", value: this.#sum }, { suffix: "_count", value: count }];
  }
}
