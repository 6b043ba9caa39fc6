/** The only code that opens modal dialogs. It ensures that Enter, pressed without reading, changes nothing. */
import { setTimeout as pause } from "node:timers/promises";
import * as vscode from "vscode";

/** Milliseconds to wait for VS Code to return the focus to a chat's page after the palette closed: it takes 50 and a message. */
const REFOCUS_MS = 150;

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
  // A dialog that opened earlier would lose the focus to the page, and with it the user's keys.
  await pause(REFOCUS_MS);
  const show =
    severity === "warning" ? vscode.window.showWarningMessage : vscode.window.showInformationMessage;
  return show<Safe | Choice>(text, { modal: true, detail }, safe, ...choices);
}
