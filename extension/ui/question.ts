/** The only code that opens modal dialogs. It ensures that Enter, pressed without reading, changes nothing. */
import * as vscode from "vscode";
import { borrowingFocus } from "./borrowed-focus.ts";

export interface Question<Safe extends string, Choice extends string> {
  readonly text: string;
  readonly detail: string;
  /**
   * The button with the focus. Its action is harmless or can be undone. Its label names the state that is kept, or a step to take first.
   */
  readonly safe: Safe;
  readonly choices: readonly Choice[];
  readonly severity?: "information" | "warning";
}

/**
 * Asks in a modal dialog. VS Code focuses the first button. It would move a button marked isCloseAffordance to the end, and adds
 * "Cancel" as the last one.
 * @returns the button that was pressed, undefined for "Cancel" and Escape
 */
export async function ask<Safe extends string, Choice extends string>({
  text,
  detail,
  safe,
  choices,
  severity = "warning",
}: Question<Safe, Choice>): Promise<Safe | Choice | undefined> {
  const show =
    severity === "warning" ? vscode.window.showWarningMessage : vscode.window.showInformationMessage;
  // A dialog that opened before VS Code has returned the focus to a chat, after the palette, would lose it and the user's keys to the chat.
  return borrowingFocus(() => show<Safe | Choice>(text, { modal: true, detail }, safe, ...choices), {
    soon: true,
  });
}
