/** Notifications that ask something: each stands for as long as what it says is true. */
import * as vscode from "vscode";
import type { MessengerHost } from "./messenger-host.ts";

/** The editor takes an unanswered toast from the screen after some ten seconds. It stays in the editor's list, where it bothers nobody. */
const TOAST_MS = 12_000;

export interface Toast<Button extends string> {
  readonly text: string;
  readonly buttons: readonly Button[];
  readonly severity?: "information" | "warning";
  /** Whether it still says something true: once it does not, it leaves the screen, and its buttons do nothing. */
  readonly holds: () => boolean;
}

/** How many of ours are on screen now. */
let shown = 0;

/** @returns the button that was pressed while the toast was true; `gone` resolves once it is off the screen, as far as can be known */
export function toast<Button extends string>(
  host: MessengerHost,
  { text, buttons, severity = "information", holds }: Toast<Button>,
): { readonly answer: Promise<Button | undefined>; readonly gone: Promise<void> } {
  const show =
    severity === "warning" ? vscode.window.showWarningMessage : vscode.window.showInformationMessage;
  let leave: () => void = () => undefined;
  const gone = new Promise<void>((resolve) => {
    leave = resolve;
  });
  shown++;
  const timer = setTimeout(leave, TOAST_MS);
  const listener = host.on("changed", () => {
    if (holds()) return;
    // The editor has no way to close one notification; it can put all of them into its list.
    if (shown === 1) void vscode.commands.executeCommand("notifications.hideToasts");
    leave();
  });
  void gone.then(() => {
    shown--;
    clearTimeout(timer);
    listener.dispose();
  });
  const answer = Promise.resolve(show(text, ...buttons)).then((pressed) => {
    leave();
    return pressed !== undefined && holds() ? pressed : undefined;
  });
  return { answer, gone };
}
