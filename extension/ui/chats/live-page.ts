/** The page of a chat panel: loads it into a frame, knows whether it's there, and passes on its posts, checked, and no earlier page's. */
import { randomBytes } from "node:crypto";
import * as vscode from "vscode";
import { type PageMessage, parsePagePost } from "../../contract/page-message.ts";
import type { HostMessage } from "../../contract/panel.ts";
import type { ChatFrame } from "./chat-frame.ts";
import { chatPage, type PageCode } from "./chat-page.ts";

/** Milliseconds for which a page that is about to be replaced may take to report its last state. */
const REPORT_MS = 1_000;

export interface LivePageParts {
  readonly code: PageCode;
  readonly received: (message: PageMessage) => void;
  /** The page was shown, hidden or discarded. */
  readonly changed: () => void;
  /** The frame was closed. */
  readonly closed: () => void;
}

export class LivePage {
  readonly #parts: LivePageParts;
  #frame: ChatFrame;
  #listeners = vscode.Disposable.from();
  #id = "";
  #live = false;
  #reported: () => void = () => undefined;

  constructor(frame: ChatFrame, parts: LivePageParts) {
    this.#frame = frame;
    this.#parts = parts;
    this.load(frame);
  }

  get frame(): ChatFrame {
    return this.#frame;
  }

  /** Whether the page exists or is loading, and the editor delivers posts to it. The editor discards a hidden page. */
  get live(): boolean {
    return this.#live;
  }

  get visible(): boolean {
    return this.#live && this.#frame.visible;
  }

  /** Marks the page as there: the editor queues posts to a page that is loading. */
  begin(): void {
    this.#live = true;
  }

  /** Loads a new page into the frame. */
  load(frame: ChatFrame): void {
    this.#listeners.dispose();
    this.#frame = frame;
    this.#live = false;
    this.#id = randomBytes(8).toString("hex");
    frame.load(
      chatPage({
        ...this.#parts.code,
        nonce: randomBytes(16).toString("base64url"),
        language: vscode.env.language,
        start: { sentences: vscode.l10n.bundle ?? {}, page: this.#id },
      }),
    );
    // The page's HTML reaches the editor after this turn: the history is read while the editor loads the page.
    const start = setImmediate(() => this.#changed());
    this.#listeners = vscode.Disposable.from(
      frame.onDidReceive((value) => this.#receive(value)),
      frame.onDidChange(() => this.#changed()),
      frame.onDidClose(() => this.#parts.closed()),
      { dispose: () => clearImmediate(start) },
    );
  }

  /** @returns whether there is a page to post to */
  post(message: HostMessage): boolean {
    if (this.#live) this.#frame.post(message);
    return this.#live;
  }

  /** Resolves once the page has reported draft and place as they are now, after REPORT_MS at the latest. */
  async report(): Promise<void> {
    if (!this.visible) return;
    await new Promise<void>((resolve) => {
      const late = setTimeout(resolve, REPORT_MS);
      this.#reported = () => {
        clearTimeout(late);
        resolve();
      };
      this.post({ type: "report" });
    });
  }

  dispose(): void {
    this.#live = false;
    this.#listeners.dispose();
  }

  #receive(value: unknown): void {
    const message = parsePagePost(value, this.#id);
    if (message === undefined) return;
    if (message.type === "reported") this.#reported();
    else this.#parts.received(message);
  }

  #changed(): void {
    // The editor loads a hidden page anew when it is shown.
    if (!this.#frame.visible) this.#live = false;
    this.#parts.changed();
  }
}
