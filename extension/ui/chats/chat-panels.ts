/**
 * The chat panels of this window, one for each chat, each in one place: a tab or the side bar. Only the user
 * opens and moves them. They are restored when the window reloads.
 */
import { readFileSync } from "node:fs";
import * as vscode from "vscode";
import type { ChatId } from "../../../messenger/model.ts";
import type { SharedMessenger } from "../../../messenger/sharing/shared-messenger.ts";
import type { PanelSafety } from "../../contract/panel.ts";
import { CHAT_PANEL, type Settings, View } from "../../ids.ts";
import type { TitleOf } from "../command-titles.ts";
import { setting, side } from "../editor.ts";
import type { ErrorReporter } from "../error-reporter.ts";
import type { MessengerHost } from "../messenger-host.ts";
import { type ChatFrame, TabFrame } from "./chat-frame.ts";
import type { PageCode } from "./chat-page.ts";
import { ChatPanel } from "./chat-panel.ts";
import { TextFiles } from "./files/text-files.ts";
import { parseChat } from "./parse-chat.ts";
import { SideBar } from "./side-bar.ts";

/** The places that a chat can be shown in. */
export type ChatPlace = Settings["parley.openChatsIn"];

export interface ChatPanelsParts {
  readonly host: MessengerHost;
  readonly errors: ErrorReporter;
  readonly titleOf: TitleOf;
  readonly context: vscode.ExtensionContext;
}

export class ChatPanels implements vscode.WebviewPanelSerializer, vscode.Disposable {
  readonly #parts: ChatPanelsParts;
  readonly #texts: TextFiles;
  readonly #panels = new Map<ChatId, ChatPanel>();
  readonly #sideBar: SideBar;
  readonly #registration: vscode.Disposable;
  readonly #listener: vscode.Disposable;
  readonly #closedActive = new vscode.EventEmitter<void>();
  /** Fires when all chats were closed and one of them had the focus: VS Code then gives it to nothing. */
  readonly onDidCloseActive = this.#closedActive.event;
  /** The panel whose page had the focus last. */
  #used: ChatPanel | undefined;
  /** Opening and moving take turns: the side bar has room for one chat. */
  #turn: Promise<unknown> = Promise.resolve();
  #code: PageCode | undefined;

  constructor(parts: ChatPanelsParts) {
    this.#parts = parts;
    const { host, context } = parts;
    this.#texts = new TextFiles(host);
    this.#registration = vscode.window.registerWebviewPanelSerializer(CHAT_PANEL, this);
    this.#sideBar = new SideBar({
      memory: context.workspaceState,
      restore: (chat) => this.#restoreInSideBar(chat),
    });
    this.#listener = host.on("changed", () => {
      if (host.messenger?.state.type === "no-account") this.closeAll();
    });
  }

  /** Returns the panel of the active editor or the visible one in the side bar: of two, the one that had the focus last. */
  get active(): ChatPanel | undefined {
    const shown = [...this.#panels.values()].filter(({ frame }) => frame.inFront);
    return shown.find((panel) => panel === this.#used) ?? shown[0];
  }

  /** Returns the chat of the active panel. */
  get activeChat(): ChatId | undefined {
    return this.active?.chat;
  }

  /** Calls ChatPanel.lendFocus on the panel in front. */
  async lendFocus(soon: boolean): Promise<(() => void) | undefined> {
    return this.active?.lendFocus(soon);
  }

  /** Whether that chat is in view in a focused window. An unfocused window may be covered by another. */
  isInView(chat: ChatId): boolean {
    return vscode.window.state.focused && (this.#panels.get(chat)?.frame.visible ?? false);
  }

  /** Whether that chat is open in this window, in front or behind others. */
  isOpen(chat: ChatId): boolean {
    return this.#panels.has(chat);
  }

  /**
   * Shows the chat where it is open, else opens it.
   * @param position of a message to scroll to; absent: the composer gets the focus
   * @param place where to open it; absent: as the setting says
   */
  async show(id: ChatId, position?: number, place = openChatsIn()): Promise<void> {
    const messenger = await this.#parts.host.open();
    await this.#inTurn(async () => {
      const open = this.#panels.get(id);
      if (open !== undefined) return position === undefined ? open.reveal() : open.goTo(position);
      const frame = await this.#newFrame(id, messenger, place);
      const panel = this.#adopt(frame, id, messenger, position);
      if (frame.place === "sideBar") frame.reveal();
      if (position === undefined) panel.focusComposer();
    });
  }

  /** Moves the chat with its draft, scroll position and focus. Opens it if it isn't open. */
  async move(id: ChatId, place: ChatPlace): Promise<void> {
    const panel = this.#panels.get(id);
    if (panel === undefined) return this.show(id, undefined, place);
    await this.#inTurn(async () => {
      if (panel.frame.place === place) return panel.reveal();
      await panel.settle();
      panel.moveTo(await this.#newFrame(id, await this.#parts.host.open(), place));
    });
  }

  /** Closes the chat in the side bar, if there is one, and moves the focus to the list of chats. */
  async backToList(): Promise<void> {
    await this.#inTurn(async () => {
      await this.#inSideBar?.settle();
      await this.#sideBar.showList();
    });
    await vscode.commands.executeCommand(`${View.chatList}.focus`);
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

  /** Restores a chat's tab that was open before a reload. VS Code calls it for each. */
  async deserializeWebviewPanel(panel: vscode.WebviewPanel, state: unknown): Promise<void> {
    try {
      const restorable = await this.#restorable(state);
      if (restorable === undefined) return panel.dispose();
      this.#adopt(this.#tab(panel), restorable.id, restorable.messenger);
    } catch (error) {
      this.#parts.errors.log(error);
      panel.dispose();
    }
  }

  /** Closes all panels, so that nothing of a forgotten or locked account stays on screen. */
  closeAll(): void {
    const hadFocus = this.active !== undefined;
    for (const panel of [...this.#panels.values()]) panel.dispose();
    if (hadFocus) this.#closedActive.fire();
  }

  dispose(): void {
    this.#registration.dispose();
    this.#listener.dispose();
    this.#texts.dispose();
    this.#closedActive.dispose();
    this.#sideBar.dispose();
    this.closeAll();
  }

  get #inSideBar(): ChatPanel | undefined {
    return [...this.#panels.values()].find(({ frame }) => frame.place === "sideBar");
  }

  async #restoreInSideBar(chat: unknown): Promise<void> {
    try {
      const restorable = await this.#restorable({ chat });
      await this.#inTurn(async () => {
        if (this.#inSideBar !== undefined) return;
        if (restorable === undefined || this.isOpen(restorable.id)) return this.#sideBar.showList();
        const { id, messenger } = restorable;
        this.#adopt(await this.#sideBar.begin(id), id, messenger);
      });
    } catch (error) {
      this.#parts.errors.log(error);
      await this.#sideBar.showList();
    }
  }

  /** @returns the chat in a page's state, unless it is open already or there is no account */
  async #restorable(state: unknown): Promise<{ id: ChatId; messenger: SharedMessenger } | undefined> {
    const id = await parseChat(state);
    // After a reload, the old extension host keeps the account until it has ended.
    const messenger = await this.#parts.host.whenOpen();
    if (id === undefined || messenger.account === undefined || this.#panels.has(id)) return undefined;
    return { id, messenger };
  }

  #inTurn(step: () => Promise<void> | void): Promise<void> {
    const done = this.#turn.then(step);
    this.#turn = done.catch(() => undefined);
    return done;
  }

  async #newFrame(id: ChatId, messenger: SharedMessenger, place: ChatPlace): Promise<ChatFrame> {
    if (place !== "sideBar" || !this.#sideBar.exists) return this.#newTab(id, messenger);
    await this.#inSideBar?.settle();
    return this.#sideBar.begin(id);
  }

  #newTab(id: ChatId, messenger: SharedMessenger): TabFrame {
    const { title } = messenger.chat(id);
    return this.#tab(vscode.window.createWebviewPanel(CHAT_PANEL, title, this.#column()));
  }

  #tab(panel: vscode.WebviewPanel): TabFrame {
    return new TabFrame(panel, vscode.Uri.joinPath(this.#parts.context.extensionUri, "media"));
  }

  #adopt(frame: ChatFrame, id: ChatId, messenger: SharedMessenger, position?: number): ChatPanel {
    const { host, errors, titleOf, context } = this.#parts;
    const panel: ChatPanel = new ChatPanel({
      frame,
      chat: id,
      messenger,
      host,
      errors,
      titleOf,
      side: side(context),
      code: this.#pageCode(),
      texts: this.#texts,
      focused: async (has) => {
        if (has) this.#used = panel;
        if (panel.frame.place === "sideBar") await this.#sideBar.noteFocus(has);
      },
      closed: () => {
        if (this.#panels.get(id) === panel) this.#panels.delete(id);
        if (this.#used === panel) this.#used = undefined;
      },
      ...(position !== undefined && { position }),
    });
    this.#panels.set(id, panel);
    return panel;
  }

  /** Reads the scripts and styles once. They are inlined in each page, so that the page loads nothing. */
  #pageCode(): PageCode {
    const read = (name: string) =>
      readFileSync(vscode.Uri.joinPath(this.#parts.context.extensionUri, "dist", name).fsPath, "utf8");
    this.#code ??= {
      script: read("webview.js"),
      highlighter: read("highlighter.js"),
      style: read("panel.css"),
    };
    return this.#code;
  }

  /** Opens the first chat beside the code and further chats in the same column, so that the editor is split only once. */
  #column(): vscode.ViewColumn {
    const tabs = [...this.#panels.values()]
      .map(({ frame }) => frame)
      .filter((frame) => frame instanceof TabFrame);
    const column = tabs.find((tab) => tab.column !== undefined)?.column;
    return (
      column ??
      (vscode.window.activeTextEditor === undefined ? vscode.ViewColumn.Active : vscode.ViewColumn.Beside)
    );
  }
}

/** Reads the setting. A value in settings.json that the manifest doesn't know counts as not set. */
function openChatsIn(): ChatPlace {
  const place: string = setting("parley.openChatsIn");
  return place === "sideBar" ? place : "editor";
}
