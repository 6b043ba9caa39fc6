/** One thing that was looked at, and how it is. */

export interface Finding {
  readonly check: string;
  /** `warning`: it works, and will not for long or not for all. `problem`: it hurts now. */
  readonly level: "ok" | "warning" | "problem";
  /** The fact that was found. */
  readonly text: string;
  /** The fix; with every finding that is not ok. */
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

/** @returns a fault's words, for a finding. Faults that the operator can mend come with the fix. */
export function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
