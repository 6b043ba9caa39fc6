/** Keeps this window's unanswered calls. When the role changes, those that are safe to repeat are repeated, in order. */
import { UsageError } from "../../protocol/errors.ts";
import { CALLS, type Call, type Params, type Result } from "../calls.ts";
import { ConnectionLost, type Role } from "./role.ts";

/** A call is given up after this many leaders ended during it, since it may be the cause. */
const MAX_LEADERS = 3;

interface PendingCall {
  readonly repeatable: boolean;
  /** The role that the call was sent to, while it can still answer. */
  role: Role | undefined;
  leaders: number;
  begin(role: Role): void;
  reject(error: unknown): void;
}

export class PendingCalls {
  /** The calls in the order in which they were made. */
  readonly #calls = new Set<PendingCall>();
  #role: Role | undefined;

  /** Makes a call, or waits for a role if there is none. @throws as the call; UsageError "handed-over" */
  ask<C extends Call>(call: C, params: Params<C>): Promise<Result<C>> {
    return new Promise((resolve, reject) => {
      const settle = (role: Role, act: () => void) => {
        if (pending.role !== role) return;
        this.#calls.delete(pending);
        act();
      };
      const pending: PendingCall = {
        repeatable: CALLS[call].repeatable,
        role: undefined,
        leaders: 0,
        begin: (role) => {
          pending.role = role;
          pending.leaders++;
          role.perform(call, params).then(
            (result) => settle(role, () => resolve(result)),
            (error: unknown) => {
              if (!(error instanceof ConnectionLost)) settle(role, () => reject(error));
            },
          );
        },
        reject,
      };
      this.#calls.add(pending);
      if (this.#role !== undefined) pending.begin(this.#role);
    });
  }

  /** Sends all unanswered calls to that role. */
  resume(role: Role): void {
    this.#role = role;
    for (const call of this.#calls) call.begin(role);
  }

  /** Rejects the calls that must not be repeated, once the role that they were sent to has ended. */
  suspend(): void {
    this.#role = undefined;
    for (const call of this.#calls) {
      const asked = call.role !== undefined;
      call.role = undefined;
      if (!asked || (call.repeatable && call.leaders < MAX_LEADERS)) continue;
      this.#calls.delete(call);
      call.reject(new UsageError("handed-over", "The window that was asked is gone"));
    }
  }

  /** Rejects all calls, since no role will answer them. */
  rejectAll(error: unknown): void {
    for (const call of this.#calls) call.reject(error);
    this.#calls.clear();
  }
}
