/** What a chat's page is drawn in: an editor tab, or the view in the side bar. The chat panel treats them alike. */
import * as vscode from "vscode";
import type { HostMessage, PanelHeader } from "../../contract/panel.ts";

export interface ChatFrame extends vscode.Disposable {
  readonly place: PanelHeader["shownIn"];
  /** Whether the page is on screen, as far as the editor reports. The editor discards a hidden page, and loads it anew. */
  readonly visible: boolean;
  /** Whether commands without an argument are about this chat: it is the active editor, or visible in the side bar. */
  readonly inFront: boolean;
  /** Whether the page is in front, and can take the focus by itself. */
  readonly canTakeFocus: boolean;
  title: string;
  /** Shows this HTML from now on. */
  load(html: string): void;
  post(message: HostMessage): void;
  /** Brings it to the front and gives it the focus. */
  reveal(): void;
  /** Posts of the page, unchecked. */
  readonly onDidReceive: vscode.Event<unknown>;
  readonly onDidChange: vscode.Event<void>;
  /** The user closed it, or it was disposed of. */
  readonly onDidClose: vscode.Event<void>;
}

/** A tab of the editor. */
export class TabFrame implements ChatFrame {
  readonly place = "editor";
  readonly onDidReceive: vscode.Event<unknown>;
  readonly onDidChange: vscode.Event<void>;
  readonly onDidClose: vscode.Event<void>;
  readonly #panel: vscode.WebviewPanel;

  /** @param media the folder with the icons */
  constructor(panel: vscode.WebviewPanel, media: vscode.Uri) {
    this.#panel = panel;
    const icon = (name: string) => vscode.Uri.joinPath(media, name);
    panel.iconPath = { light: icon("chat-light.svg"), dark: icon("chat-dark.svg") };
    panel.webview.options = { enableScripts: true, localResourceRoots: [] };
    this.onDidReceive = panel.webview.onDidReceiveMessage;
    this.onDidChange = (listener) => panel.onDidChangeViewState(() => listener());
    this.onDidClose = panel.onDidDispose;
  }

  get visible(): boolean {
    return this.#panel.visible;
  }

  get inFront(): boolean {
    return this.#panel.active;
  }

  get canTakeFocus(): boolean {
    return this.inFront;
  }

  get title(): string {
    return this.#panel.title;
  }

  set title(title: string) {
    this.#panel.title = title;
  }

  get column(): vscode.ViewColumn | undefined {
    return this.#panel.viewColumn;
  }

  load(html: string): void {
    this.#panel.webview.html = html;
  }

  post(message: HostMessage): void {
    void this.#panel.webview.postMessage(message);
  }

  reveal(): void {
    this.#panel.reveal();
  }

  dispose(): void {
    this.#panel.dispose();
  }
}
