/**
 * The chat in the secondary side bar. Its view stands in place of the list of chats while there is one, and the editor may make, hide
 * and destroy that view at any time: the frame outlives it.
 */
import * as vscode from "vscode";
import type { ChatId } from "../../../messenger/model.ts";
import { SIDE_CHAT_KEY, SIDE_FOCUS_KEY } from "../../commands/context-keys.ts";
import type { HostMessage } from "../../contract/panel.ts";
import { View } from "../../ids.ts";
import { setContext } from "../editor.ts";
import { isTheia } from "../theia.ts";
import type { ChatFrame } from "./chat-frame.ts";

/** In the workspace's state: the chat to show again after a reload. */
const SIDE_CHAT = "sideChat";

export interface SideBarParts {
  readonly memory: vscode.Memento;
  /** Opens the remembered chat in {@link SideBar.begin} or, where it can't be opened, calls {@link SideBar.showList}. */
  readonly restore: (chat: unknown) => Promise<void>;
}

export class SideBar implements vscode.WebviewViewProvider, vscode.Disposable {
  readonly #parts: SideBarParts;
  readonly #registration: vscode.Disposable;
  #view: vscode.WebviewView | undefined;
  #frame: SideFrame | undefined;
  #hasFocus = false;
  #ended = false;

  constructor(parts: SideBarParts) {
    this.#parts = parts;
    this.#registration = vscode.window.registerWebviewViewProvider(View.chat, this);
    // The editor asks for the view once this is set, and it's on screen.
    void setContext(SIDE_CHAT_KEY, this.#remembered !== undefined);
    // Keys outlive a restart of the extension host.
    void setContext(SIDE_FOCUS_KEY, false);
  }

  /** Whether the editor has a secondary side bar for extensions. Theia has none. */
  get exists(): boolean {
    return !isTheia(vscode.env);
  }

  get #remembered(): unknown {
    return this.#parts.memory.get(SIDE_CHAT);
  }

  /** Makes room for a chat: closes the one that's there, and shows the view in place of the list once it's revealed. */
  async begin(chat: ChatId): Promise<ChatFrame> {
    const before = this.#frame;
    const frame = new SideFrame(() => this.#left(frame));
    this.#frame = frame;
    before?.dispose();
    // The former page's last report may come too late.
    void this.noteFocus(false);
    await this.#parts.memory.update(SIDE_CHAT, chat);
    await setContext(SIDE_CHAT_KEY, true);
    if (this.#view !== undefined) frame.connect(this.#view);
    return frame;
  }

  /** Shows the list again. */
  async showList(): Promise<void> {
    const frame = this.#frame;
    this.#frame = undefined;
    frame?.dispose();
    await this.#parts.memory.update(SIDE_CHAT, undefined);
    void this.noteFocus(false);
    await setContext(SIDE_CHAT_KEY, false);
  }

  /** Makes keys for the chat work only while its page has the focus. Resolves when they do. */
  async noteFocus(has: boolean): Promise<void> {
    if (has === this.#hasFocus) return;
    this.#hasFocus = has;
    await setContext(SIDE_FOCUS_KEY, has);
  }

  async resolveWebviewView(view: vscode.WebviewView): Promise<void> {
    this.#view = view;
    view.webview.options = { enableScripts: true, localResourceRoots: [] };
    view.onDidChangeVisibility(() => {
      if (!view.visible) void this.noteFocus(false);
    });
    view.onDidDispose(() => {
      if (this.#view !== view) return;
      this.#view = undefined;
      this.#frame?.disconnect();
    });
    if (this.#frame !== undefined) this.#frame.connect(view);
    else await this.#parts.restore(this.#remembered);
  }

  /** Ends with the window: the chat is remembered. */
  dispose(): void {
    this.#ended = true;
    this.#registration.dispose();
  }

  #left(frame: SideFrame): void {
    if (this.#frame === frame && !this.#ended) void this.showList();
  }
}

class SideFrame implements ChatFrame {
  readonly place = "sideBar";
  readonly #received = new vscode.EventEmitter<unknown>();
  readonly #changed = new vscode.EventEmitter<void>();
  readonly #closed = new vscode.EventEmitter<void>();
  readonly #left: () => void;
  #view: vscode.WebviewView | undefined;
  #listeners = vscode.Disposable.from();
  #html: string | undefined;
  #title = "";
  #over = false;

  constructor(left: () => void) {
    this.#left = left;
  }

  readonly onDidReceive = this.#received.event;
  readonly onDidChange = this.#changed.event;
  readonly onDidClose = this.#closed.event;

  get visible(): boolean {
    return this.#view?.visible ?? false;
  }

  get inFront(): boolean {
    return this.visible;
  }

  /** The editor's focus must be in the view, too, or its keys would be those of another part. */
  get canTakeFocus(): boolean {
    return false;
  }

  get title(): string {
    return this.#title;
  }

  set title(title: string) {
    this.#title = title;
    if (this.#view !== undefined) this.#view.title = title;
  }

  /** Shows the page in this view. Does nothing if it's there: the view may come before the caller of `begin` has its frame, or after. */
  connect(view: vscode.WebviewView): void {
    if (this.#view === view) return;
    this.#listeners.dispose();
    this.#view = view;
    this.#listeners = vscode.Disposable.from(
      view.webview.onDidReceiveMessage((value: unknown) => this.#received.fire(value)),
      view.onDidChangeVisibility(() => this.#changed.fire()),
    );
    if (this.#title !== "") view.title = this.#title;
    if (this.#html !== undefined) view.webview.html = this.#html;
    this.#changed.fire();
  }

  /** The view is gone; another may come. */
  disconnect(): void {
    this.#listeners.dispose();
    this.#view = undefined;
    this.#changed.fire();
  }

  load(html: string): void {
    this.#html = html;
    if (this.#view !== undefined) this.#view.webview.html = html;
  }

  post(message: HostMessage): void {
    void this.#view?.webview.postMessage(message);
  }

  reveal(): void {
    void vscode.commands.executeCommand(`${View.chat}.focus`);
  }

  dispose(): void {
    if (this.#over) return;
    this.#over = true;
    this.#listeners.dispose();
    this.#view = undefined;
    this.#closed.fire();
    this.#left();
  }
}
