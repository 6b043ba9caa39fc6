/** The order of questions that belong together: on to the next, or back to the one before, which keeps its answer. */

/** The user wants the question before. */
export const BACK = Symbol("back");

/** undefined: the user cancelled. */
export type Answer<Value> = Value | typeof BACK | undefined;

/** Asks one question, and keeps its answer. */
export type Step = () => Promise<Answer<"done">>;

/** @returns whether all were answered; false where the user cancelled, also by Back from the first */
export async function inSteps(steps: readonly Step[]): Promise<boolean> {
  let at = 0;
  while (at >= 0) {
    const step = steps[at];
    if (step === undefined) return true;
    const answer = await step();
    if (answer === undefined) return false;
    at += answer === BACK ? -1 : 1;
  }
  return false;
}
