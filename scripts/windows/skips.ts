/** Why a test is skipped on Windows. A skip that no line explains fails the run: it may be a test that nobody has looked at. */
const REASONS: readonly (readonly [title: RegExp, reason: string])[] = [];

/** @param title a test's full title. @returns why it is skipped, or undefined where nobody has said */
export function skipReason(title: string): string | undefined {
  return REASONS.find(([pattern]) => pattern.test(title))?.[1];
}
