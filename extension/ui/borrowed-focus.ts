/**
 * Gives the focus back to the chat that had it before Parley asked something. The editor itself is late with that, or forgets it: keys
 * typed meanwhile are lost.
 */

/** @param soon whether the chat may still be getting the focus @returns what gives it back, undefined where no chat has it */
type Lend = (soon: boolean) => Promise<(() => void) | undefined>;

let lend: Lend = async () => undefined;

/** Sets where to borrow the focus from; once, at the start. */
export function borrowFocusFrom(lender: Lend): void {
  lend = lender;
}

/** Shows a question of the editor's. @param soon as Lend: for a dialog, from which a chat would take the focus when it gets it */
export async function borrowingFocus<Answer>(
  question: () => PromiseLike<Answer>,
  { soon }: { readonly soon: boolean } = { soon: false },
): Promise<Answer> {
  const giveBack = await lend(soon);
  try {
    return await question();
  } finally {
    giveBack?.();
  }
}
