/** Notifications with buttons, each of which counts only as long as its text is true. */
import * as vscode from "vscode";
import type { MessengerHost } from "../messenger-host.ts";

/** Milliseconds after which the editor hides an unanswered toast. It stays in the editor's list, where it bothers nobody. */
const TOAST_MS = 12_000;

export interface Toast<Button extends string> {
  readonly text: string;
  readonly buttons: readonly Button[];
  readonly severity?: "information" | "warning";
  /** Whether the toast's text is still true: once it is not, its buttons no longer do as they say. */
  readonly holds: () => boolean;
  /** Called for a button that was pressed too late: shows the present state. */
  readonly late?: () => void;
}

/**
 * Shows a toast. The editor has no call to close one, and those of other extensions are not ours to move: an obsolete toast stays
 * until the editor hides it, and its buttons do nothing.
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
