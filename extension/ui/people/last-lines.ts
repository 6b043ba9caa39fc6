/** Keeps the newest message of each chat for the view: only in memory, and only if the setting is on. */
import * as vscode from "vscode";
import type { ChatId } from "../../../messenger/model.ts";
import { setting } from "../editor.ts";
import type { MessengerHost } from "../messenger-host.ts";
import { type LastLine, lastLine } from "./last-line.ts";

const SETTING = "parley.showLastMessage";

export class LastLines implements vscode.Disposable {
  readonly #host: MessengerHost;
  readonly #lines = new Map<ChatId, LastLine>();
  /** Chats whose newest message has to be read. A change during a read adds the chat again. */
  readonly #wanted = new Set<ChatId>();
  readonly #changed = new vscode.EventEmitter<void>();
  readonly #listeners: readonly vscode.Disposable[];
  #reading = false;
  #known = false;

  readonly onDidChange = this.#changed.event;

  constructor(host: MessengerHost) {
    this.#host = host;
    this.#listeners = [
      host.on("changed", () => this.#begin()),
      host.on("message", ({ chat }) => this.#want(chat)),
      host.on("removed", ({ chat }) => this.#want(chat)),
      host.on("reread", () => this.#wantAll()),
      host.on("locked", () => this.#forget()),
      vscode.workspace.onDidChangeConfiguration((change) => {
        if (!change.affectsConfiguration(SETTING)) return;
        this.#forget();
        this.#begin();
      }),
    ];
  }

  get lines(): ReadonlyMap<ChatId, LastLine> {
    return this.#lines;
  }

  dispose(): void {
    for (const listener of this.#listeners) listener.dispose();
    this.#changed.dispose();
  }

  /** Reads all chats once the messenger is open, and again after the account was replaced. */
  #begin(): void {
    const { messenger } = this.#host;
    if (messenger?.account === undefined) this.#forget();
    else if (!this.#known) {
      this.#known = true;
      this.#wantAll();
    }
  }

  #wantAll(): void {
    for (const { id } of this.#host.messenger?.chats() ?? []) this.#want(id);
  }

  #want(chat: ChatId): void {
    if (!setting(SETTING)) return;
    this.#wanted.add(chat);
    if (!this.#reading) void this.#read();
  }

  async #read(): Promise<void> {
    this.#reading = true;
    const { previewText } = await import("../../engine.ts");
    for (const chat of this.#wanted) {
      this.#wanted.delete(chat);
      // Ignore a failed read: the row then has no line.
      const { messenger } = this.#host;
      const account = messenger?.account;
      const [newest] =
        (await messenger?.calls.messages({ chat, stretch: { limit: 1 } }).catch(() => [])) ?? [];
      // The account was forgotten, locked or replaced meanwhile.
      if (!this.#known || account?.shown !== this.#host.messenger?.account?.shown) continue;
      if (newest === undefined) this.#lines.delete(chat);
      else this.#lines.set(chat, lastLine(newest, account?.name, previewText, vscode.l10n.t));
    }
    this.#reading = false;
    this.#changed.fire();
  }

  #forget(): void {
    const had = this.#lines.size > 0;
    this.#known = false;
    this.#wanted.clear();
    this.#lines.clear();
    if (had) this.#changed.fire();
  }
}
