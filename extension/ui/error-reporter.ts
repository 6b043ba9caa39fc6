/** Shows an error as a sentence with the commands that help, and logs the details that a developer needs. */
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

  /** @param again offered as "Try Again" where given */
  async report(error: unknown, about: About = {}, again?: () => Promise<void>): Promise<void> {
    this.log(error);
    const help = errorHelp(error, vscode.l10n.t, about);
    const retry = vscode.l10n.t("Try Again");
    const titles = new Map(help.next.map((command) => [this.#titleOf(command).title, command]));
    // The editor shows only the first line of a notification without a button.
    const buttons = [...(again === undefined ? [] : [retry]), ...titles.keys()];
    const show = help.fault ? vscode.window.showErrorMessage : vscode.window.showWarningMessage;
    const choice = await show(help.text, ...(buttons.length === 0 ? [vscode.l10n.t("OK")] : buttons));
    if (choice === undefined) return;
    if (choice === retry) await again?.();
    const command = titles.get(choice);
    if (command !== undefined) await run(command);
  }

  /** Returns the text to log. Parley's own errors hold no content and no keys; of others only the stack is logged, since they are bugs of ours. */
  log(error: unknown): void {
    const code = errorCode(error);
    if (code !== undefined && error instanceof Error)
      this.#log.warn(`${error.name} ${code}: ${error.message}`);
    else this.#log.error(error instanceof Error ? error : String(error));
  }
}
