/** Reads the answer to an attempt to send: the entry has arrived, is refused, or has to be sent later. */
import { type RefusalCode, RefusedError, UsageError } from "../../protocol/errors.ts";

/** When an answer did not come though the connection is up. */
export const RETRY_MS = 2_000;

/** The outcome of an attempt to send. */
export type Outcome =
  /** `stored`: the receiver does not have it yet, the server keeps it. */
  | { readonly type: "arrived"; readonly stored: boolean }
  | { readonly type: "refused"; readonly error: RefusedError | UsageError }
  | { readonly type: "later"; readonly afterMs: number };

/** These answer the connection, not the request that was waiting on it. */
const OF_THE_CONNECTION: ReadonlySet<RefusedError["code"]> = new Set<RefusalCode>([
  "superseded",
  "auth-refused",
  "bad-message",
]);

/** @param error the client verb's rejection */
export function judge(error: unknown): Outcome {
  if (error instanceof RefusedError) {
    if (error.code === "rate-limited" || error.code === "busy")
      return { type: "later", afterMs: error.retryAfterMs ?? RETRY_MS };
    return OF_THE_CONNECTION.has(error.code)
      ? { type: "later", afterMs: RETRY_MS }
      : { type: "refused", error };
  }
  if (error instanceof UsageError && error.code !== "not-connected" && error.code !== "closed")
    return { type: "refused", error };
  return { type: "later", afterMs: RETRY_MS };
}
