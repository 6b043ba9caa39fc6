/** The chat panels of this window, one for each chat. Only the user opens them. They are restored when the window reloads. */
import { readFileSync } from "node:fs";
import * as vscode from "vscode";
import type { ChatId } from "../../../messenger/model.ts";
import type { SharedMessenger } from "../../../messenger/sharing/shared-messenger.ts";
import type { PanelSafety } from "../../contract/panel.ts";
import { CHAT_PANEL } from "../../ids.ts";
import type { TitleOf } from "../command-titles.ts";
import { side } from "../editor.ts";
import type { ErrorReporter } from "../error-reporter.ts";
import type { MessengerHost } from "../messenger-host.ts";
import type { PageCode } from "./chat-page.ts";
import { ChatPanel } from "./chat-panel.ts";
import { parseChat } from "./parse-chat.ts";

export class ChatPanels implements vscode.WebviewPanelSerializer, vscode.Disposable {
  readonly #host: MessengerHost;
  readonly #errors: ErrorReporter;
  readonly #titleOf: TitleOf;
  readonly #context: vscode.ExtensionContext;
  readonly #panels = new Map<ChatId, ChatPanel>();
  readonly #registration: vscode.Disposable;
  readonly #listener: vscode.Disposable;
  readonly #closedActive = new vscode.EventEmitter<void>();
  /** Fires when all chats were closed and one of them had the focus: VS Code then gives it to nothing. */
  readonly onDidCloseActive = this.#closedActive.event;
  #code: PageCode | undefined;

  constructor(
    host: MessengerHost,
    errors: ErrorReporter,
    titleOf: TitleOf,
    context: vscode.ExtensionContext,
  ) {
    this.#host = host;
    this.#errors = errors;
    this.#titleOf = titleOf;
    this.#context = context;
    this.#registration = vscode.window.registerWebviewPanelSerializer(CHAT_PANEL, this);
    this.#listener = host.on("changed", () => {
      if (host.messenger?.state.type === "no-account") this.closeAll();
    });
  }

  /** Returns the panel that has the focus. */
  get active(): ChatPanel | undefined {
    return [...this.#panels.values()].find((panel) => panel.active);
  }

  /** Returns the chat whose panel has the focus. */
  get activeChat(): ChatId | undefined {
    return this.active?.chat;
  }

  /** Calls ChatPanel.lendFocus on the panel in front. */
  async lendFocus(soon: boolean): Promise<(() => void) | undefined> {
    return this.active?.lendFocus(soon);
  }

  /** Whether that chat is in view in a focused window. An unfocused window may be covered by another. */
  isInView(chat: ChatId): boolean {
    return vscode.window.state.focused && (this.#panels.get(chat)?.visible ?? false);
  }

  /** Whether that chat has a tab in this window, in front or behind others. */
  isOpen(chat: ChatId): boolean {
    return this.#panels.has(chat);
  }

  /** Opens the chat. @param position of a message to scroll to; absent: the composer gets the focus */
  async show(id: ChatId, position?: number): Promise<void> {
    const messenger = await this.#host.open();
    const open = this.#panels.get(id);
    if (open !== undefined) return position === undefined ? open.reveal() : open.goTo(position);
    const panel = vscode.window.createWebviewPanel(CHAT_PANEL, messenger.chat(id).title, this.#column());
    const chat = this.#adopt(panel, id, messenger, position);
    if (position === undefined) chat.focusComposer();
  }

  /** Opens the chat and attaches files to its draft. */
  async attach(id: ChatId, uris: readonly vscode.Uri[]): Promise<void> {
    await this.show(id);
    await this.#panels.get(id)?.attach(uris);
  }

  /** Opens the chat and shows the safety number. */
  async compare(id: ChatId, safety: PanelSafety): Promise<void> {
    await this.show(id);
    this.#panels.get(id)?.compare(safety);
  }

  /** Restores a chat panel that was open before a reload. VS Code calls it for each. */
  async deserializeWebviewPanel(panel: vscode.WebviewPanel, state: unknown): Promise<void> {
    try {
      const id = await parseChat(state);
      // After a reload, the old extension host keeps the account until it has ended.
      const messenger = await this.#host.whenOpen();
      if (id === undefined || messenger.account === undefined || this.#panels.has(id)) return panel.dispose();
      this.#adopt(panel, id, messenger);
    } catch (error) {
      this.#errors.log(error);
      panel.dispose();
    }
  }

  /** Closes all panels, so that nothing of a forgotten or locked account stays on screen. */
  closeAll(): void {
    const hadFocus = this.active !== undefined;
    for (const panel of this.#panels.values()) panel.dispose();
    if (hadFocus) this.#closedActive.fire();
  }

  dispose(): void {
    this.#registration.dispose();
    this.#listener.dispose();
    this.#closedActive.dispose();
    this.closeAll();
  }

  #adopt(panel: vscode.WebviewPanel, id: ChatId, messenger: SharedMessenger, position?: number): ChatPanel {
    const chat = new ChatPanel({
      panel,
      chat: id,
      messenger,
      host: this.#host,
      errors: this.#errors,
      titleOf: this.#titleOf,
      side: side(this.#context),
      code: this.#pageCode(),
      media: vscode.Uri.joinPath(this.#context.extensionUri, "media"),
      ...(position !== undefined && { position }),
    });
    this.#panels.set(id, chat);
    panel.onDidDispose(() => {
      if (this.#panels.get(id) === chat) this.#panels.delete(id);
    });
    return chat;
  }

  /** Reads the scripts and styles once. They are inlined in each page, so that the page loads nothing. */
  #pageCode(): PageCode {
    const read = (name: string) =>
      readFileSync(vscode.Uri.joinPath(this.#context.extensionUri, "dist", name).fsPath, "utf8");
    this.#code ??= {
      script: read("webview.js"),
      highlighter: read("highlighter.js"),
      style: read("panel.css"),
    };
    return this.#code;
  }

  /** Opens the first chat beside the code and further chats in the same column, so that the editor is split only once. */
  #column(): vscode.ViewColumn {
    const column = [...this.#panels.values()].find((panel) => panel.column !== undefined)?.column;
    return (
      column ??
      (vscode.window.activeTextEditor === undefined ? vscode.ViewColumn.Active : vscode.ViewColumn.Beside)
    );
  }
}
