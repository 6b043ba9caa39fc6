/**
 * Opens the account for this window when it is first needed, with VS Code's storage for secrets and files, and its log. All windows of
 * the profile share the account.
 */
import * as vscode from "vscode";
import type { LockedVault } from "../../messenger/account/locked-vault.ts";
import type { Secret } from "../../messenger/model.ts";
import type { AnyWindowEvent, WindowEvent, WindowEvents } from "../../messenger/sharing/role.ts";
import type { SharedMessenger, SharedMessengerOptions } from "../../messenger/sharing/shared-messenger.ts";
import type { ParleyCode } from "../../protocol/errors.ts";
import { type ContextKeys, contextKeyIds } from "../commands/context-keys.ts";
import { newChatDefaults } from "./chats/new-chats.ts";
import { setContext, setting, side, warn } from "./editor.ts";
import { errorCode } from "./error-text.ts";
import { contextKeys, type HostState, type Snapshot } from "./status/state-model.ts";

/** Key in globalState, set by a sign-out, so that the next window does not sign in by itself. */
const SIGNED_OUT = "signedOut";
/** Key in globalState: whether there is an account to open at startup, readable before the messenger is open. */
const HAS_ACCOUNT = "hasAccount";
/** Codes of failures that end without the user's doing anything here, so that opening is tried again. */
const PASSING: ReadonlySet<ParleyCode> = new Set(["in-use", "keyring-silent", "disk-full", "locked"]);
/** Milliseconds between those attempts. */
const RETRY_MS = 1_000;

export class MessengerHost implements vscode.Disposable {
  readonly #context: vscode.ExtensionContext;
  readonly #log: vscode.LogOutputChannel;
  readonly #emitters = new Map<WindowEvent, vscode.EventEmitter<never>>();
  readonly #focus: vscode.Disposable;
  readonly #keys = new Map<keyof ContextKeys, unknown>();
  #opening: Promise<SharedMessenger> | undefined;
  #messenger: SharedMessenger | undefined;
  #failure: unknown;
  #vault: LockedVault | undefined;
  #hasLock = false;
  /** Whether a missing lock is expected: it was turned off in a window of this profile, or the user agreed to open without it. */
  #acceptsNoLock = false;
  /** If set, the reason why this window does not open the account itself, and only follows a window in which the passphrase was entered. */
  #shut: unknown;
  #announced = false;
  #next: NodeJS.Timeout | undefined;
  #tellOpened: (messenger: SharedMessenger) => void = () => undefined;
  readonly #opened = new Promise<SharedMessenger>((resolve) => {
    this.#tellOpened = resolve;
  });

  constructor(context: vscode.ExtensionContext, log: vscode.LogOutputChannel) {
    this.#context = context;
    this.#log = log;
    // Set the context keys before the engine is loaded, so that the view starts with the right content.
    this.#announce();
    this.#focus = vscode.window.onDidChangeWindowState(({ focused }) => this.#messenger?.setFocused(focused));
  }

  /** Returns the messenger, if it is open. */
  get messenger(): SharedMessenger | undefined {
    return this.#messenger;
  }

  get expectsAccount(): boolean {
    return this.#context.globalState.get<boolean>(HAS_ACCOUNT, false);
  }

  /** Returns the secrets, which may be locked with a passphrase. */
  async lockedVault(): Promise<LockedVault> {
    const { LockedVault, markIn } = await import("../engine.ts");
    const { secrets } = this.#context;
    const kept = {
      get: async (key: string) => secrets.get(key),
      store: async (key: string, value: string) => secrets.store(key, value),
      delete: async (key: string) => secrets.delete(key),
    };
    this.#vault ??= new LockedVault(kept, () => markIn(this.#directory));
    return this.#vault;
  }

  /** Notifies all windows that the lock was changed in this one. */
  async lockChanged(): Promise<void> {
    await this.#noteLock();
    await this.#messenger?.calls.tellVault({ contents: await (await this.lockedVault()).contents() });
  }

  /** Locks this window: closes its connection and store, and forgets the keys. */
  async lockHere(): Promise<void> {
    const { UsageError } = await import("../engine.ts");
    this.#shut = new UsageError("locked", "The user locked Parley");
    this.#failure = this.#shut;
    this.#vault?.lock();
    this.#fire({ name: "locked", value: {} });
    await this.close();
    this.#announce();
    this.#tryAgain();
  }

  /** Whether the keyring lacks the keys of the store. */
  get lacksKeys(): boolean {
    const code = errorCode(this.#failure);
    return this.#messenger === undefined && (code === "keys-missing" || code === "keys-wrong");
  }

  get isLocked(): boolean {
    return this.#messenger === undefined && errorCode(this.#failure) === "locked";
  }

  /** Whether there was a lock that something other than Parley has removed. */
  get isLockRemoved(): boolean {
    return this.#messenger === undefined && errorCode(this.#failure) === "lock-removed";
  }

  /** Opens the account although the lock was removed, because the user wants it. @throws as open */
  async openWithoutLock(): Promise<SharedMessenger> {
    this.#acceptsNoLock = true;
    return this.reopen();
  }

  /** Forgets the account without the passphrase: deletes its keys, and puts the history aside, which can no longer be opened. */
  async startOver(): Promise<void> {
    await (await this.lockedVault()).startOver();
    await this.startAnew();
  }

  /** Puts a history without keys aside and starts a new one. @throws UsageError "in-use"; as open() */
  async startAnew(): Promise<SharedMessenger> {
    const { startAnew } = await import("../engine.ts");
    await startAnew(this.#directory);
    return this.reopen();
  }

  /** Restores missing keys from a recovery file. @returns whether the file had them. @throws as recoverKeys; UsageError "in-use" */
  async recoverKeys(path: string, passphrase: string): Promise<boolean> {
    const { recoverKeys } = await import("../engine.ts");
    const recovered = await recoverKeys(this.#directory, await this.lockedVault(), { path, passphrase });
    if (!recovered) return false;
    // The keyring lost the lock's record together with the keys.
    this.#acceptsNoLock = true;
    await this.reopen();
    return true;
  }

  /**
   * Unlocks, and opens the account.
   * @param unsealed as in LockedVault.unlock
   * @throws UsageError "wrong-passphrase", "secret-unsealed"; as open()
   */
  async unlock(passphrase: string, unsealed: "refuse" | "take" = "refuse"): Promise<SharedMessenger> {
    await (await this.lockedVault()).unlock(passphrase, unsealed);
    return this.reopen();
  }

  /** Lets this window open the account again, and opens it. @throws as open() */
  async reopen(): Promise<SharedMessenger> {
    await this.#opening?.catch(() => undefined); // a pending attempt to follow an unlocked window would set #shut again
    this.#shut = undefined;
    return this.open();
  }

  snapshot(): Snapshot {
    const messenger = this.#messenger;
    const state = messenger?.state ?? this.#stateWithoutMessenger();
    return {
      hasLock: this.#hasLock,
      side: side(this.#context).type,
      state,
      account: messenger?.account,
      people: messenger?.people() ?? [],
      chats: messenger?.chats() ?? [],
      claimedBlocks: messenger?.claimedBlocks() ?? [],
    };
  }

  #stateWithoutMessenger(): HostState {
    if (this.#failure !== undefined) return { type: "failed", error: this.#failure };
    return { type: this.expectsAccount ? "starting" : "no-account" };
  }

  /** Opens the messenger, once. It signs in if there is an account, unless settings or a sign-out prevent that. */
  open(): Promise<SharedMessenger> {
    this.#opening ??= this.#open().catch((error: unknown) => {
      this.#opening = undefined;
      this.#failure = error;
      this.#announce();
      const code = errorCode(error);
      if (code === "locked") this.#shut = error;
      if (code !== undefined && PASSING.has(code)) this.#tryAgain();
      else this.#log.error(error instanceof Error ? error : String(error));
      throw error;
    });
    return this.#opening;
  }

  /** Like open(), but waits while another window has the account. A reloading window keeps it for a moment. */
  whenOpen(): Promise<SharedMessenger> {
    this.open().catch(() => undefined);
    return this.#opened;
  }

  async rememberSignedOut(signedOut: boolean): Promise<void> {
    await this.#context.globalState.update(SIGNED_OUT, signedOut || undefined);
  }

  /** Hands the account over to another window. If there is none, sends QUIT to the server and closes the store. */
  async close(): Promise<void> {
    clearTimeout(this.#next);
    const opening = this.#opening;
    this.#opening = undefined;
    const messenger = await opening?.catch(() => undefined);
    this.#messenger = undefined;
    await messenger?.dispose();
  }

  dispose(): void {
    vscode.Disposable.from(this.#focus, ...this.#emitters.values()).dispose();
  }

  /**
   * Listens to an event of this window, also before the messenger is open. "changed" is fired once for all changes in one turn. At
   * "locked", listeners must remove all of Parley's data from the screen.
   */
  on<E extends WindowEvent>(event: E, listener: (value: WindowEvents[E][0]) => void): vscode.Disposable {
    const emitter = this.#emitters.get(event) ?? new vscode.EventEmitter<never>();
    this.#emitters.set(event, emitter);
    return emitter.event(listener);
  }

  get #directory(): string {
    return vscode.Uri.joinPath(this.#context.globalStorageUri, "messenger").fsPath;
  }

  async #open(): Promise<SharedMessenger> {
    // Keep #failure until this succeeds: it is retried each second while another window has the account.
    this.#announce();
    const { SharedMessenger } = await import("../engine.ts");
    const secrets = await this.lockedVault();
    this.#hasLock = await secrets.hasLock();
    const options: SharedMessengerOptions = {
      directory: this.#directory,
      secrets,
      log: this.#log,
      acceptsNoLock: () => this.#acceptsNoLock,
      sendReadReceipts: () => setting("parley.sendReadReceipts"),
      shareTyping: () => setting("parley.typing"),
      newChats: newChatDefaults,
      acceptInvited: () => setting("parley.acceptInvited"),
      downloadByItself: () => setting("parley.files.downloadByItself"),
      goOnline: () =>
        setting("parley.autoConnect") && !this.#context.globalState.get<boolean>(SIGNED_OUT, false),
      tellNotice: (notice) => warn(notice),
    };
    const shut = this.#shut;
    const messenger =
      shut === undefined ? await SharedMessenger.open(options) : await SharedMessenger.follow(options);
    if (messenger === undefined) throw shut;
    this.#shut = undefined;
    this.#failure = undefined;
    this.#messenger = messenger;
    messenger.onEvery((event) => this.#hear(event));
    messenger.setFocused(vscode.window.state.focused);
    this.#announce();
    this.#tellOpened(messenger);
    return messenger;
  }

  #hear(event: AnyWindowEvent): void {
    switch (event.name) {
      case "changed":
        this.#announce();
        return;
      case "locked":
        void this.lockHere();
        return;
      case "vault":
        void this.#takeOver(event.value.contents);
    }
    this.#fire(event);
  }

  #fire({ name, value }: AnyWindowEvent): void {
    this.#emitters.get(name)?.fire(value as never);
  }

  /** Adopts another window's secrets after it has turned the lock on or off. */
  async #takeOver(contents: readonly Secret[]): Promise<void> {
    await (await this.lockedVault()).adopt(contents);
    await this.#noteLock();
  }

  async #noteLock(): Promise<void> {
    this.#hasLock = await (await this.lockedVault()).hasLock();
    this.#acceptsNoLock = !this.#hasLock;
    this.#announce();
  }

  #tryAgain(): void {
    clearTimeout(this.#next);
    this.#next = setTimeout(() => void this.open().catch(() => undefined), RETRY_MS);
  }

  #announce(): void {
    if (this.#announced) return;
    this.#announced = true;
    queueMicrotask(() => {
      this.#announced = false;
      this.#tellContext();
      this.#fire({ name: "changed", value: {} });
    });
  }

  /** Sets the context keys of the manifest's `when` clauses that have changed. */
  #tellContext(): void {
    const keys = contextKeys(this.snapshot());
    for (const key of contextKeyIds) {
      if (this.#keys.get(key) === keys[key]) continue;
      this.#keys.set(key, keys[key]);
      void setContext(key, keys[key]);
    }
    const hasAccount = keys["parley.hasAccount"];
    if (this.#messenger !== undefined && hasAccount !== this.expectsAccount)
      void this.#context.globalState.update(HAS_ACCOUNT, hasAccount || undefined);
  }
}
