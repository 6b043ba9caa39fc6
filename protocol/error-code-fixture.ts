import { ParleyError } from "./errors.ts";

/**
 * Returns a predicate for assert.rejects() and assert.throws(): whether it is an error of ours with that
 * code.
 */
export const code =
  (expected: string) =>
  (error: unknown): boolean =>
    error instanceof ParleyError && error.code === expected;
