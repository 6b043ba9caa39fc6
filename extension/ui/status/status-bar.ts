/** The status bar item: shows the state; a click opens the menu. */
import * as vscode from "vscode";
import { Command } from "../../ids.ts";
import type { MessengerHost } from "../messenger-host.ts";
import { type Retreat, statusModel } from "./state-model.ts";

/** The longest delay that setTimeout accepts: 2^31 - 1 milliseconds. */
const LONGEST_TIMER_MS = 0x7fff_ffff;

export class StatusBar implements vscode.Disposable {
  readonly #item: vscode.StatusBarItem;
  readonly #listener: vscode.Disposable;
  #retreat: Retreat = { quiet: false, invisible: false };
  #quietEnds: NodeJS.Timeout | undefined;

  constructor(host: MessengerHost) {
    this.#item = vscode.window.createStatusBarItem("parley", vscode.StatusBarAlignment.Right, 100);
    this.#item.name = vscode.l10n.t("Parley");
    this.#item.command = Command.showMenu;
    this.#listener = host.on("changed", () => {
      this.#draw(host);
      void this.#askRetreat(host);
    });
    // The item's text until the messenger is open.
    this.#item.text = "$(comment-discussion) Parley";
    this.#item.tooltip = vscode.l10n.t("Parley: show what you can do");
    this.#item.show();
  }

  dispose(): void {
    clearTimeout(this.#quietEnds);
    this.#listener.dispose();
    this.#item.dispose();
  }

  /** Asks the leader for "do not disturb" and "appear offline", and again when the first ends, for which there is no event. */
  async #askRetreat(host: MessengerHost): Promise<void> {
    const until = (await host.messenger?.calls.quietUntil().catch(() => null)) ?? null;
    const unseen = (await host.messenger?.calls.invisible().catch(() => false)) ?? false;
    clearTimeout(this.#quietEnds);
    const left = until === null ? 0 : until - Date.now();
    if (left > 0)
      this.#quietEnds = setTimeout(() => void this.#askRetreat(host), Math.min(left + 1, LONGEST_TIMER_MS));
    const { quiet, invisible } = this.#retreat;
    if (quiet === left > 0 && invisible === unseen) return;
    this.#retreat = { quiet: left > 0, invisible: unseen };
    this.#draw(host);
  }

  #draw(host: MessengerHost): void {
    const { text, tooltip, spoken, fault } = statusModel(host.snapshot(), vscode.l10n.t, this.#retreat);
    this.#item.text = text;
    this.#item.tooltip = tooltip;
    this.#item.accessibilityInformation = { label: spoken, role: "button" };
    this.#item.backgroundColor = fault ? new vscode.ThemeColor("statusBarItem.errorBackground") : undefined;
  }
}
