/** Notifications that ask something: each stands for as long as what it says is true. */
import * as vscode from "vscode";
import type { MessengerHost } from "../messenger-host.ts";

/** The editor takes an unanswered toast from the screen after some ten seconds. It stays in the editor's list, where it bothers nobody. */
const TOAST_MS = 12_000;

export interface Toast<Button extends string> {
  readonly text: string;
  readonly buttons: readonly Button[];
  readonly severity?: "information" | "warning";
  /** Whether it still says something true: once it does not, none of its buttons does what it says. */
  readonly holds: () => boolean;
  /** A button was pressed after the fact: leads to what is there now. */
  readonly late?: () => void;
}

/**
 * The editor lets nobody close a single toast, and those of other extensions are not ours to move: one that is true no more stays
 * until its time is over, and does nothing any more.
 * @returns the button that was pressed while the toast was true; `gone` resolves once it is off the screen, or no longer true
 */
export function toast<Button extends string>(
  host: MessengerHost,
  { text, buttons, severity = "information", holds, late }: Toast<Button>,
): { readonly answer: Promise<Button | undefined>; readonly gone: Promise<void> } {
  const show =
    severity === "warning" ? vscode.window.showWarningMessage : vscode.window.showInformationMessage;
  let leave: () => void = () => undefined;
  const gone = new Promise<void>((resolve) => {
    leave = resolve;
  });
  const timer = setTimeout(leave, TOAST_MS);
  const listener = host.on("changed", () => {
    if (!holds()) leave();
  });
  void gone.then(() => {
    clearTimeout(timer);
    listener.dispose();
  });
  const answer = Promise.resolve(show(text, ...buttons)).then((pressed) => {
    leave();
    if (pressed === undefined || holds()) return pressed;
    late?.();
    return undefined;
  });
  return { answer, gone };
}
