/** One checked item and its state. */

export interface Finding {
  readonly check: string;
  /** `warning`: it works, but not for long or not for everybody. `problem`: it affects people now. */
  readonly level: "ok" | "warning" | "problem";
  /** The fact that was found. */
  readonly text: string;
  /** The fix, for every finding that is not ok. */
  readonly advice?: string;
}

export function ok(check: string, text: string): Finding {
  return { check, level: "ok", text };
}

export function warning(check: string, text: string, advice: string): Finding {
  return { check, level: "warning", text, advice };
}

export function problem(check: string, text: string, advice: string): Finding {
  return { check, level: "problem", text, advice };
}

/** Returns the text of an error for a finding, with the fix if the operator can apply one. */
export function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
