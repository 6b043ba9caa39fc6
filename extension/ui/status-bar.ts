/** One status bar item: where we stand; a click shows what one can do. */
import * as vscode from "vscode";
import { Command } from "../ids.ts";
import type { MessengerHost } from "./messenger-host.ts";
import { statusModel } from "./state-model.ts";

export class StatusBar implements vscode.Disposable {
  readonly #item: vscode.StatusBarItem;
  readonly #listener: vscode.Disposable;

  constructor(host: MessengerHost) {
    this.#item = vscode.window.createStatusBarItem("parley", vscode.StatusBarAlignment.Right, 100);
    this.#item.name = vscode.l10n.t("Parley");
    this.#item.command = Command.showMenu;
    this.#listener = host.onDidChange(() => this.#draw(host));
    // Before the messenger is open there is nothing to say but that Parley is here.
    this.#item.text = "$(comment-discussion) Parley";
    this.#item.tooltip = vscode.l10n.t("Parley: show what you can do");
    this.#item.show();
  }

  dispose(): void {
    this.#listener.dispose();
    this.#item.dispose();
  }

  #draw(host: MessengerHost): void {
    const { text, tooltip, spoken, fault } = statusModel(host.snapshot(), vscode.l10n.t);
    this.#item.text = text;
    this.#item.tooltip = tooltip;
    this.#item.accessibilityInformation = { label: spoken, role: "button" };
    this.#item.backgroundColor = fault ? new vscode.ThemeColor("statusBarItem.errorBackground") : undefined;
  }
}
