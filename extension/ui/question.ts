/** The only code that asks in a modal dialog: Enter, pressed without a look, changes nothing. */
import { setTimeout as pause } from "node:timers/promises";
import * as vscode from "vscode";

/** Milliseconds that the editor needs at most to give the focus back to a chat's page once the palette has closed: 50 and a message. */
const REFOCUS_MS = 150;

export interface Question<Safe extends string, Choice extends string> {
  readonly text: string;
  readonly detail: string;
  /** The button that has the focus: its action can be undone, or is none. Name the thing that stays, or the step to take before. */
  readonly safe: Safe;
  readonly choices: readonly Choice[];
  readonly severity?: "information" | "warning";
}

/**
 * Asks. The editor focuses the first button, whatever it does, and moves one marked as its close affordance to the end. "Cancel" is
 * the editor's own and always last.
 * @returns the button that was pressed, undefined for "Cancel" and Escape
 */
export async function ask<Safe extends string, Choice extends string>({
  text,
  detail,
  safe,
  choices,
  severity = "warning",
}: Question<Safe, Choice>): Promise<Safe | Choice | undefined> {
  // A question that is there before that loses the focus to the page, which then gets its keys.
  await pause(REFOCUS_MS);
  const show =
    severity === "warning" ? vscode.window.showWarningMessage : vscode.window.showInformationMessage;
  return show<Safe | Choice>(text, { modal: true, detail }, safe, ...choices);
}
