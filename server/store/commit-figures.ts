/** Metrics of commits to disk, for the operator. */
import { Histogram } from "../operations/metrics/histogram.ts";

/** Seconds: from a fast SSD's flush to a failing disk. */
const BOUNDS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5];

export class CommitFigures {
  readonly seconds = new Histogram(BOUNDS);
  failed = 0;
  /** Whether the last commit failed. */
  failing = false;

  done(milliseconds: number): void {
    this.seconds.observe(milliseconds / 1000);
    this.failing = false;
  }

  undone(): void {
    this.failed += 1;
    this.failing = true;
  }
}
