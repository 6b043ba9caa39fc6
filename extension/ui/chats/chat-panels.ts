/** The chat panels of this window, one for each person: opened by the user only, restored when the window reloads. */
import { readFileSync } from "node:fs";
import * as vscode from "vscode";
import type { SharedMessenger } from "../../../messenger/sharing/shared-messenger.ts";
import type { Username } from "../../../protocol/names.ts";
import type { PanelSafety } from "../../contract/panel.ts";
import { CHAT_PANEL } from "../../ids.ts";
import type { ErrorReporter } from "../error-reporter.ts";
import type { MessengerHost } from "../messenger-host.ts";
import { parsePeer } from "../people/peer.ts";
import type { PageCode } from "./chat-page.ts";
import { ChatPanel } from "./chat-panel.ts";

export class ChatPanels implements vscode.WebviewPanelSerializer, vscode.Disposable {
  readonly #host: MessengerHost;
  readonly #errors: ErrorReporter;
  readonly #extension: vscode.Uri;
  readonly #panels = new Map<Username, ChatPanel>();
  readonly #registration: vscode.Disposable;
  readonly #listener: vscode.Disposable;
  #code: PageCode | undefined;

  constructor(host: MessengerHost, errors: ErrorReporter, extension: vscode.Uri) {
    this.#host = host;
    this.#errors = errors;
    this.#extension = extension;
    this.#registration = vscode.window.registerWebviewPanelSerializer(CHAT_PANEL, this);
    this.#listener = host.on("changed", () => {
      if (host.messenger?.state.type === "no-account") this.closeAll();
    });
  }

  /** Returns the panel that has the focus. */
  get active(): ChatPanel | undefined {
    return [...this.#panels.values()].find((panel) => panel.active);
  }

  /** Returns the person whose panel has the focus. */
  get activePeer(): Username | undefined {
    return this.active?.peer;
  }

  /** Whether that chat is in view in a focused window: a window behind another one does not count. */
  isInView(peer: Username): boolean {
    return vscode.window.state.focused && (this.#panels.get(peer)?.visible ?? false);
  }

  /** Whether that chat has a tab in this window, in front or not. */
  isOpen(peer: Username): boolean {
    return this.#panels.has(peer);
  }

  /** @param position of a message to go to; without it, the composer gets the focus */
  async show(peer: Username, position?: number): Promise<void> {
    const messenger = await this.#host.open();
    const open = this.#panels.get(peer);
    if (open !== undefined) return position === undefined ? open.reveal() : open.goTo(position);
    const panel = vscode.window.createWebviewPanel(CHAT_PANEL, peer, this.#column());
    const chat = this.#adopt(panel, peer, messenger, position);
    if (position === undefined) chat.focusComposer();
  }

  /** Opens the chat with the safety number over it. */
  async compare(peer: Username, safety: PanelSafety): Promise<void> {
    await this.show(peer);
    this.#panels.get(peer)?.compare(safety);
  }

  /** Restores a chat panel that was open before the reload: the editor calls this for each. */
  async deserializeWebviewPanel(panel: vscode.WebviewPanel, state: unknown): Promise<void> {
    try {
      const peer = await parsePeer(
        typeof state === "object" && state !== null && "peer" in state ? state.peer : undefined,
      );
      // After a reload, the old extension host has the messenger until it has ended.
      const messenger = await this.#host.whenOpen();
      if (peer === undefined || messenger.account === undefined || this.#panels.has(peer))
        return panel.dispose();
      this.#adopt(panel, peer, messenger);
    } catch (error) {
      this.#errors.log(error);
      panel.dispose();
    }
  }

  /** Closes all panels once the account was forgotten, here or in another window: nothing of it stays on screen. */
  closeAll(): void {
    for (const panel of this.#panels.values()) panel.dispose();
  }

  dispose(): void {
    this.#registration.dispose();
    this.#listener.dispose();
    this.closeAll();
  }

  #adopt(
    panel: vscode.WebviewPanel,
    peer: Username,
    messenger: SharedMessenger,
    position?: number,
  ): ChatPanel {
    const chat = new ChatPanel({
      panel,
      peer,
      messenger,
      host: this.#host,
      errors: this.#errors,
      code: this.#pageCode(),
      media: vscode.Uri.joinPath(this.#extension, "media"),
      ...(position !== undefined && { position }),
    });
    this.#panels.set(peer, chat);
    panel.onDidDispose(() => {
      if (this.#panels.get(peer) === chat) this.#panels.delete(peer);
    });
    return chat;
  }

  /** Reads the styles once; they are inlined in each page, which then loads nothing. */
  #pageCode(): PageCode {
    const read = (name: string) =>
      readFileSync(vscode.Uri.joinPath(this.#extension, "dist", name).fsPath, "utf8");
    this.#code ??= {
      script: read("webview.js"),
      highlighter: read("highlighter.js"),
      style: read("panel.css"),
    };
    return this.#code;
  }

  /** Opens the first chat beside the code, and further chats beside the first, so that the editor is split only once. */
  #column(): vscode.ViewColumn {
    const column = [...this.#panels.values()].find((panel) => panel.column !== undefined)?.column;
    return (
      column ??
      (vscode.window.activeTextEditor === undefined ? vscode.ViewColumn.Active : vscode.ViewColumn.Beside)
    );
  }
}
