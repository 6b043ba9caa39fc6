/** The calls of this window that have no answer yet. They outlive roles: they are asked again where that is safe, in the same order. */
import { UsageError } from "../../protocol/errors.ts";
import { CALLS, type Call, type Params, type Result } from "../calls.ts";
import { ConnectionLost, type Role } from "./role.ts";

/** A call during which so many leaders died is not asked of another: it may be what ends them. */
const MAX_LEADERS = 3;

interface PendingCall {
  readonly repeatable: boolean;
  /** Where it was asked last and may still be answered. */
  role: Role | undefined;
  leaders: number;
  begin(role: Role): void;
  reject(error: unknown): void;
}

export class PendingCalls {
  /** In the order of asking. */
  readonly #calls = new Set<PendingCall>();
  #role: Role | undefined;

  /** Waits for a role where there is none just now. @throws what the call throws; UsageError "handed-over" */
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

  /** Asks everything that has no answer yet, in that role. */
  resume(role: Role): void {
    this.#role = role;
    for (const call of this.#calls) call.begin(role);
  }

  /** The role ended. Rejects what was asked in it and must not be asked twice. */
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

  /** Nobody will answer. */
  rejectAll(error: unknown): void {
    for (const call of this.#calls) call.reject(error);
    this.#calls.clear();
  }
}
