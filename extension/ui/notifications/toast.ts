/** Shows notifications whose buttons work only as long as the text is true. */
import * as vscode from "vscode";
import type { MessengerHost } from "../messenger-host.ts";

/** Milliseconds after which VS Code hides an unanswered toast. It stays in the notification center. */
const TOAST_MS = 12_000;

export interface Toast<Button extends string> {
  readonly text: string;
  readonly buttons: readonly Button[];
  readonly severity?: "information" | "warning";
  /** Whether the toast's text is still true. If not, its buttons have no effect. */
  readonly holds: () => boolean;
  /** Called instead of a button that was pressed too late, to show the present state. */
  readonly late?: () => void;
}

/**
 * Shows a toast. VS Code has no API to close one, and its commands would also close those of other extensions. So an obsolete toast
 * stays until VS Code hides it, and its buttons do nothing.
 * @returns `answer`: the button that was pressed while the text was true; `gone`: resolves once the toast is hidden or no longer true
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
