/** What this window has asked and not been answered. Outlives seats: it is asked again where that is safe, in the same order. */
import { UsageError } from "../../protocol/errors.ts";
import { type Seat, SeatLost } from "./seat.ts";
import { type Params, type Result, VERBS, type Verb } from "./verbs.ts";

/** What takes this many windows down with it is not asked of another. */
const MAX_SEATS = 3;

interface Call {
  readonly again: boolean;
  /** Where it was asked last and may still be answered. */
  seat: Seat | undefined;
  seats: number;
  begin(seat: Seat): void;
  reject(error: unknown): void;
}

export class Calls {
  /** In the order of asking. */
  readonly #calls = new Set<Call>();
  #seat: Seat | undefined;

  /** Waits for a seat where there is none just now. @throws what the verb throws; UsageError "handed-over" */
  ask<V extends Verb>(verb: V, params: Params<V>): Promise<Result<V>> {
    return new Promise((resolve, reject) => {
      const settle = (seat: Seat, act: () => void) => {
        if (call.seat !== seat) return;
        this.#calls.delete(call);
        act();
      };
      const call: Call = {
        again: VERBS[verb].again,
        seat: undefined,
        seats: 0,
        begin: (seat) => {
          call.seat = seat;
          call.seats++;
          seat.perform(verb, params).then(
            (result) => settle(seat, () => resolve(result)),
            (error: unknown) => {
              if (!(error instanceof SeatLost)) settle(seat, () => reject(error));
            },
          );
        },
        reject,
      };
      this.#calls.add(call);
      if (this.#seat !== undefined) call.begin(this.#seat);
    });
  }

  seated(seat: Seat): void {
    this.#seat = seat;
    for (const call of this.#calls) call.begin(seat);
  }

  /** The seat is lost. What was asked there and must not be asked twice is rejected. */
  unseated(): void {
    this.#seat = undefined;
    for (const call of this.#calls) {
      const asked = call.seat !== undefined;
      call.seat = undefined;
      if (!asked || (call.again && call.seats < MAX_SEATS)) continue;
      this.#calls.delete(call);
      call.reject(new UsageError("handed-over", "The window that was asked is gone"));
    }
  }

  /** Nobody will answer. */
  rejectAll(error: unknown): void {
    for (const call of this.#calls) call.reject(error);
    this.#calls.clear();
  }
}
