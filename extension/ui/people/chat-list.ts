/** The list of chats in the secondary side bar: requests first, then the chats by their last message. A chat opens in its place. */
import * as vscode from "vscode";
import { Command, View } from "../../ids.ts";
import type { MessengerHost } from "../messenger-host.ts";
import type { LastLines } from "./last-lines.ts";
import { type PersonRow, peopleModel } from "./people-model.ts";
import { personItem } from "./person-item.ts";

export class ChatList implements vscode.TreeDataProvider<PersonRow>, vscode.Disposable {
  readonly #host: MessengerHost;
  readonly #lastLines: LastLines;
  readonly #refresh = new vscode.EventEmitter<void>();
  readonly #subscriptions: vscode.Disposable;
  #drawn = "";

  constructor(host: MessengerHost, lastLines: LastLines) {
    this.#host = host;
    this.#lastLines = lastLines;
    this.#subscriptions = vscode.Disposable.from(
      this.#refresh,
      vscode.window.registerTreeDataProvider(View.chatList, this),
      host.on("changed", () => this.#redraw()),
      lastLines.onDidChange(() => this.#redraw()),
      // "19:12" is "Sun" tomorrow.
      vscode.window.onDidChangeWindowState(() => this.#redraw()),
    );
  }

  get onDidChangeTreeData(): vscode.Event<void> {
    return this.#refresh.event;
  }

  async getChildren(): Promise<PersonRow[]> {
    await this.#host.open().catch(() => undefined);
    return this.#rows();
  }

  getTreeItem(row: PersonRow): vscode.TreeItem {
    return personItem(row, {
      command: Command.openChat,
      title: vscode.l10n.t("Open Chat"),
      arguments: [{ chat: row.chat, place: "sideBar" }],
    });
  }

  dispose(): void {
    this.#subscriptions.dispose();
  }

  #rows(): PersonRow[] {
    const snapshot = this.#host.snapshot();
    if (snapshot.account === undefined) return [];
    return peopleModel({ ...snapshot, lastLines: this.#lastLines.lines }, vscode.l10n.t)
      .filter(({ id }) => id === "requests" || id === "conversations")
      .flatMap(({ rows }) => rows);
  }

  #redraw(): void {
    const drawing = JSON.stringify(this.#rows());
    if (drawing === this.#drawn) return;
    this.#drawn = drawing;
    this.#refresh.fire();
  }
}
