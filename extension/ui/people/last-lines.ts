/** Keeps the newest message of each chat for the view: in this process's memory only, and not at all where the setting is off. */
import * as vscode from "vscode";
import type { Username } from "../../../protocol/names.ts";
import { setting } from "../editor.ts";
import type { MessengerHost } from "../messenger-host.ts";
import { type LastLine, lastLine } from "./last-line.ts";

const SETTING = "parley.showLastMessage";

export class LastLines implements vscode.Disposable {
  readonly #host: MessengerHost;
  readonly #lines = new Map<Username, LastLine>();
  /** Chats whose newest message is to be read, or is being read: a change during the read causes one more. */
  readonly #wanted = new Set<Username>();
  readonly #changed = new vscode.EventEmitter<void>();
  readonly #listeners: readonly vscode.Disposable[];
  #reading = false;
  #known = false;

  readonly onDidChange = this.#changed.event;

  constructor(host: MessengerHost) {
    this.#host = host;
    this.#listeners = [
      host.on("changed", () => this.#begin()),
      host.on("message", ({ peer }) => this.#want(peer)),
      host.on("removed", ({ peer }) => this.#want(peer)),
      host.on("reread", () => this.#wantAll()),
      host.on("locked", () => this.#forget()),
      vscode.workspace.onDidChangeConfiguration((change) => {
        if (!change.affectsConfiguration(SETTING)) return;
        this.#forget();
        this.#begin();
      }),
    ];
  }

  get lines(): ReadonlyMap<Username, LastLine> {
    return this.#lines;
  }

  dispose(): void {
    for (const listener of this.#listeners) listener.dispose();
    this.#changed.dispose();
  }

  /** Runs once the messenger is open, and again after an account was forgotten and another one joined. */
  #begin(): void {
    const { messenger } = this.#host;
    if (messenger?.account === undefined) this.#forget();
    else if (!this.#known) {
      this.#known = true;
      this.#wantAll();
    }
  }

  #wantAll(): void {
    for (const { peer } of this.#host.messenger?.chats() ?? []) this.#want(peer);
  }

  #want(peer: Username): void {
    if (!setting(SETTING)) return;
    this.#wanted.add(peer);
    if (!this.#reading) void this.#read();
  }

  async #read(): Promise<void> {
    this.#reading = true;
    for (const peer of this.#wanted) {
      this.#wanted.delete(peer);
      // A failure leaves the row without its line.
      const { messenger } = this.#host;
      const account = messenger?.account?.shown;
      const [newest] =
        (await messenger?.calls.messages({ peer, stretch: { limit: 1 } }).catch(() => [])) ?? [];
      // The account was forgotten, locked or replaced meanwhile.
      if (!this.#known || account !== this.#host.messenger?.account?.shown) continue;
      if (newest === undefined) this.#lines.delete(peer);
      else this.#lines.set(peer, lastLine(newest, vscode.l10n.t));
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
