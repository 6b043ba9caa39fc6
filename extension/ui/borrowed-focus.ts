/**
 * Returns the focus to the chat that had it before Parley asked something. VS Code does that late, or not at all, and keys typed
 * meanwhile are lost.
 */

/**
 * Borrows the focus from a chat. Resolves with a function that returns it, or with undefined if no chat has it.
 * @param soon whether to wait a moment for a chat that is about to get it
 */
type Lend = (soon: boolean) => Promise<(() => void) | undefined>;

let lend: Lend = async () => undefined;

/** Sets the lender. Call it once, at activation. */
export function borrowFocusFrom(lender: Lend): void {
  lend = lender;
}

/**
 * Shows a question of VS Code's, and returns the focus after the answer.
 * @param options.soon set it for a dialog, which would lose the focus to a chat that gets it later
 */
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
