/** Runs a sequence of questions. Back returns to the previous one, which keeps its answer. */

/** The answer that asks for the previous question. */
export const BACK = Symbol("back");

/** An answer, BACK, or undefined if the user cancelled. */
export type Answer<Value> = Value | typeof BACK | undefined;

/** Asks one question and stores its answer. */
export type Step = () => Promise<Answer<"done">>;

/** @returns true once all are answered; false if the user cancelled or went back from the first question */
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
