/** Shows errors as sentences with helpful commands, and logs the details. */
import * as vscode from "vscode";
import type { TitleOf } from "./command-titles.ts";
import { run } from "./editor.ts";
import { type About, errorCode, errorHelp } from "./error-text.ts";

export class ErrorReporter {
  readonly #log: vscode.LogOutputChannel;

  readonly #titleOf: TitleOf;

  constructor(log: vscode.LogOutputChannel, titleOf: TitleOf) {
    this.#log = log;
    this.#titleOf = titleOf;
  }

  /** Shows an error and logs it. @param again called for "Try Again"; absent: no such button */
  async report(error: unknown, about: About = {}, again?: () => Promise<void>): Promise<void> {
    this.log(error);
    const help = errorHelp(error, vscode.l10n.t, about);
    const retry = vscode.l10n.t("Try Again");
    const titles = new Map(help.next.map((command) => [this.#titleOf(command).title, command]));
    // Without a button, VS Code would show only the first line.
    const buttons = [...(again === undefined ? [] : [retry]), ...titles.keys()];
    const show = help.fault ? vscode.window.showErrorMessage : vscode.window.showWarningMessage;
    const choice = await show(help.text, ...(buttons.length === 0 ? [vscode.l10n.t("OK")] : buttons));
    if (choice === undefined) return;
    if (choice === retry) await again?.();
    const command = titles.get(choice);
    if (command !== undefined) await run(command);
  }

  /** Logs an error. Parley's own errors contain no message text and no keys. Of other errors, which are bugs, only the stack is logged. */
  log(error: unknown): void {
    const code = errorCode(error);
    if (code !== undefined && error instanceof Error)
      this.#log.warn(`${error.name} ${code}: ${error.message}`);
    else this.#log.error(error instanceof Error ? error : String(error));
  }
}
