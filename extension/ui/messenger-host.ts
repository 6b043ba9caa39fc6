/** Holds the one messenger of this window: opened when first needed, with the editor's own places for secrets, files and logs. */
import * as vscode from "vscode";
import { type ContextKeys, contextKeyIds } from "../ids.ts";
import type { ChatMessage, Messenger, Person } from "../messenger/messenger.ts";
import { setContext, setting } from "./editor.ts";
import { errorCode } from "./error-text.ts";
import { contextKeys, type HostState, type Snapshot } from "./state-model.ts";

/** Set when the user signed out, so that the next window does not sign in again by itself. */
const SIGNED_OUT = "signedOut";
/** Known without opening anything: whether it is worth opening the messenger at startup. */
const HAS_ACCOUNT = "hasAccount";
/** How soon this window takes over after the one that had Parley is closed. */
const IN_USE_RETRY_MS = 1_000;

export class MessengerHost implements vscode.Disposable {
  readonly #context: vscode.ExtensionContext;
  readonly #log: vscode.LogOutputChannel;
  readonly #changed = new vscode.EventEmitter<void>();
  readonly #message = new vscode.EventEmitter<ChatMessage>();
  readonly #updated = new vscode.EventEmitter<ChatMessage>();
  readonly #request = new vscode.EventEmitter<Person>();
  readonly #keys = new Map<keyof ContextKeys, unknown>();
  #opening: Promise<Messenger> | undefined;
  #messenger: Messenger | undefined;
  #failure: unknown;
  #announced = false;
  #next: NodeJS.Timeout | undefined;
  #tellOpened: (messenger: Messenger) => void = () => undefined;
  readonly #opened = new Promise<Messenger>((resolve) => {
    this.#tellOpened = resolve;
  });

  /** State, people or chats may be others than before. Several changes of one moment are told once. */
  readonly onDidChange = this.#changed.event;
  readonly onDidAddMessage = this.#message.event;
  readonly onDidUpdateMessage = this.#updated.event;
  readonly onDidRequest = this.#request.event;

  constructor(context: vscode.ExtensionContext, log: vscode.LogOutputChannel) {
    this.#context = context;
    this.#log = log;
  }

  /** The messenger, if it is open. */
  get messenger(): Messenger | undefined {
    return this.#messenger;
  }

  get expectsAccount(): boolean {
    return this.#context.globalState.get<boolean>(HAS_ACCOUNT, false);
  }

  snapshot(): Snapshot {
    const messenger = this.#messenger;
    const state: HostState =
      messenger?.state ??
      (this.#failure === undefined ? { type: "starting" } : { type: "failed", error: this.#failure });
    return {
      state,
      account: messenger?.account,
      people: messenger?.people() ?? [],
      chats: messenger?.chats() ?? [],
    };
  }

  /** @returns the messenger, opened the first time; signs in where there is an account and nothing speaks against it */
  open(): Promise<Messenger> {
    this.#opening ??= this.#open().catch((error: unknown) => {
      this.#opening = undefined;
      this.#failure = error;
      this.#announce();
      if (errorCode(error) === "in-use") this.#tryAgain();
      else this.#log.error(error instanceof Error ? error : String(error));
      throw error;
    });
    return this.#opening;
  }

  /** Waits where another window has Parley; a window that is being reloaded holds it a moment longer than one expects. */
  whenOpen(): Promise<Messenger> {
    this.open().catch(() => undefined);
    return this.#opened;
  }

  async rememberSignedOut(signedOut: boolean): Promise<void> {
    await this.#context.globalState.update(SIGNED_OUT, signedOut || undefined);
  }

  /** Ends the line cleanly: the server hears QUIT, the store is closed. */
  async close(): Promise<void> {
    clearTimeout(this.#next);
    const opening = this.#opening;
    this.#opening = undefined;
    const messenger = await opening?.catch(() => undefined);
    this.#messenger = undefined;
    await messenger?.dispose();
  }

  dispose(): void {
    for (const emitter of [this.#changed, this.#message, this.#updated, this.#request]) emitter.dispose();
  }

  async #open(): Promise<Messenger> {
    // A failure stays on show until this succeeds: another window may be asked for every second.
    this.#announce();
    const { Messenger } = await import("../messenger/messenger.ts");
    const { secrets, globalStorageUri } = this.#context;
    const messenger = await Messenger.open({
      directory: vscode.Uri.joinPath(globalStorageUri, "messenger").fsPath,
      secrets: {
        get: async (key) => secrets.get(key),
        store: async (key, value) => secrets.store(key, value),
        delete: async (key) => secrets.delete(key),
      },
      log: this.#log,
      sendReadReceipts: () => setting("parley.sendReadReceipts"),
    });
    this.#failure = undefined;
    this.#messenger = messenger;
    messenger.on("changed", () => this.#announce());
    messenger.on("message", (message) => this.#message.fire(message));
    messenger.on("updated", (message) => this.#updated.fire(message));
    messenger.on("request", (person) => this.#request.fire(person));
    for (const notice of messenger.notices)
      void vscode.window.showWarningMessage(notice, vscode.l10n.t("OK"));
    const stayOut =
      this.#context.globalState.get<boolean>(SIGNED_OUT, false) || !setting("parley.autoConnect");
    if (messenger.account !== undefined && !stayOut) messenger.connect();
    this.#announce();
    this.#tellOpened(messenger);
    return messenger;
  }

  #tryAgain(): void {
    clearTimeout(this.#next);
    this.#next = setTimeout(() => void this.open().catch(() => undefined), IN_USE_RETRY_MS);
  }

  #announce(): void {
    if (this.#announced) return;
    this.#announced = true;
    queueMicrotask(() => {
      this.#announced = false;
      this.#tellContext();
      this.#changed.fire();
    });
  }

  /** The manifest's `when` clauses ask these; only what changed crosses to the editor. */
  #tellContext(): void {
    const keys = contextKeys(this.snapshot());
    for (const key of contextKeyIds) {
      if (this.#keys.get(key) === keys[key]) continue;
      this.#keys.set(key, keys[key]);
      setContext(key, keys[key]);
    }
    const hasAccount = keys["parley.hasAccount"];
    if (this.#messenger !== undefined && hasAccount !== this.expectsAccount)
      void this.#context.globalState.update(HAS_ACCOUNT, hasAccount || undefined);
  }
}
