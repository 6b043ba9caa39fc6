/**
 * Shares one account among windows. The window that gets the lock is the leader and has the account open. The others follow it, and when it
 * ends, one of them takes over. Calls go to the present leader, or wait until there is one.
 */
import { EventEmitter } from "node:events";
import { setTimeout as pause } from "node:timers/promises";
import { ParleyError, UsageError } from "../../protocol/errors.ts";
import type { Username } from "../../protocol/names.ts";
import { type Call, type Calls, checkParams, type Params, type Result, remoteCalls } from "../calls.ts";
import type { Account, Chat, ChatId, MessengerOptions, MessengerState, Person } from "../model.ts";
import { Election, inUse } from "./election.ts";
import { KnownSecrets } from "./known-secrets.ts";
import { Leader } from "./leader.ts";
import { PendingCalls } from "./pending-calls.ts";
import type { Focus } from "./pipe-messages.ts";
import { RemoteView } from "./remote-view.ts";
import type { AnyWindowEvent, Emit, Role, WindowEvents } from "./role.ts";
import type { Snapshots } from "./snapshots.ts";

/** Milliseconds before the next attempt to find a role. */
const TROUBLE_PAUSE_MS = 1_000;

export interface SharedMessengerOptions extends MessengerOptions {
  /** Whether the first window goes online by itself. */
  readonly goOnline: () => boolean;
  /** Shows a notice to the user, such as the path of a damaged history that was set aside. */
  readonly tellNotice: (text: string) => void;
  /** Whether this window only follows and never opens the account, since another program stores its keys. */
  readonly onlyFollows?: boolean;
}

export class SharedMessenger extends EventEmitter<WindowEvents> implements Snapshots {
  /** The calls, documented in calls.ts. @throws also UsageError "handed-over" if it is unknown whether the call was performed */
  readonly calls: Calls = remoteCalls((call, params) => this.#ask(call, params));
  readonly #options: SharedMessengerOptions;
  readonly #secrets: KnownSecrets;
  readonly #election: Election;
  readonly #pending = new PendingCalls();
  readonly #hearers: Emit[] = [];
  readonly #disposal = new AbortController();
  #focus: Focus = { focused: false, at: 0 };
  #role: Role | undefined;
  /** The view of the present or, if there is none, the last role. */
  #shown: Snapshots = new RemoteView();
  /** The reason for having no role, once that has lasted a while. */
  #trouble: ParleyError | undefined;
  #over: Promise<void> = Promise.resolve();

  private constructor(options: SharedMessengerOptions) {
    super();
    this.#options = options;
    const emit: Emit = (event) => this.#emit(event);
    this.on("hung", ({ is }) => this.#noteHung(is));
    this.#secrets = new KnownSecrets(options.secrets);
    this.#election = new Election({ ...options, secrets: this.#secrets, emit });
  }

  /**
   * Finds a role, and opens the account if this window becomes the leader.
   * @throws UsageError "in-use" if another window has the account open and does not answer; as Messenger.open
   */
  static async open(options: SharedMessengerOptions): Promise<SharedMessenger> {
    const shared = new SharedMessenger(options);
    await shared.#begin();
    return shared;
  }

  /**
   * Follows a window that has the account open. Never opens it here, since this window was locked and the passphrase was not entered in it.
   * @returns undefined if no window has the account open
   */
  static async follow(options: SharedMessengerOptions): Promise<SharedMessenger | undefined> {
    const shared = new SharedMessenger(options);
    const role = await shared.#election.follow();
    if (role !== undefined) shared.#enter(role, false);
    return role && shared;
  }

  /** Whether this window has the account open itself. */
  get isLeader(): boolean {
    return this.#role instanceof Leader;
  }

  get state(): MessengerState {
    return this.#trouble === undefined ? this.#shown.state : { type: "stopped", error: this.#trouble };
  }

  get account(): Account | undefined {
    return this.#shown.account;
  }

  people(): readonly Person[] {
    return this.#shown.people();
  }

  chats(): readonly Chat[] {
    return this.#shown.chats();
  }

  chat(id: ChatId): Chat {
    return this.#shown.chat(id);
  }

  claimedBlocks(): readonly Username[] {
    return this.#shown.claimedBlocks();
  }

  /** Reports whether this window has focus. */
  setFocused(focused: boolean): void {
    this.#focus = { focused, at: Date.now() };
    this.#role?.focus(this.#focus);
  }

  /** Calls `hear` for every event, before its listeners. */
  onEvery(hear: Emit): void {
    this.#hearers.push(hear);
  }

  /** Gives up this window's role. If it is the leader, another window takes over. If it is the last one, it sends QUIT. */
  async dispose(): Promise<void> {
    this.#disposal.abort();
    this.#pending.rejectAll(new UsageError("closed", "This window is closing"));
    await this.#role?.close();
    await this.#over;
    this.#secrets.forget();
  }

  #ask<C extends Call>(call: C, params: Params<C>): Promise<Result<C>> {
    if (this.#disposal.signal.aborted)
      return Promise.reject(new UsageError("closed", "This window is closing"));
    if (this.#trouble !== undefined) return Promise.reject(this.#trouble);
    // Fill in defaults here, such as a message's id, so that a repeated call is identical. Do not send parameters that the leader would
    // reject.
    const checked = checkParams(call, params);
    if (checked === undefined)
      return Promise.reject(new UsageError("bad-argument", `${call}: an argument is out of bounds`));
    return this.#pending.ask(call, checked.params);
  }

  #take(role: Role, goOnline: boolean): void {
    this.#role = role;
    this.#shown = role.shown;
    this.#trouble = undefined;
    role.focus(this.#focus);
    if (role instanceof Leader) {
      for (const notice of role.shown.notices) this.#options.tellNotice(notice);
      if (goOnline && role.shown.account !== undefined)
        role.shown
          .connect()
          .catch((error: unknown) => this.#options.log.error(`Not connected: ${String(error)}`));
    }
    this.#pending.resume(role);
  }

  /**
   * Records that the leader hangs. Earlier calls stay pending: it performs them when it continues, else the next leader does. It keeps the
   * lock until it ends, so no window takes over before.
   */
  #noteHung(hung: boolean): void {
    if (this.#role === undefined) return;
    this.#trouble = hung ? inUse(this.#options.directory) : undefined;
    if (this.#trouble !== undefined) this.#options.log.warn(this.#trouble.message);
    this.#emit({ name: "changed", value: {} });
  }

  async #begin(): Promise<void> {
    this.#enter(await this.#election.run(this.#disposal.signal, "first"), this.#options.goOnline());
  }

  #enter(role: Role, goOnline: boolean): void {
    this.#take(role, goOnline);
    this.#over = this.#keepRole(role);
  }

  /** Finds the next role whenever one ends. */
  async #keepRole(first: Role): Promise<void> {
    let role = first;
    for (;;) {
      await role.ended;
      this.#role = undefined;
      this.#trouble = undefined;
      if (this.#disposal.signal.aborted) return;
      this.#pending.suspend();
      const next = await this.#nextRole();
      if (next === undefined) return;
      role = next;
      this.#take(role, staysOnline(this.#shown.state));
      this.#emit({ name: "changed", value: {} });
      this.#emit({ name: "reread", value: {} });
    }
  }

  /** @returns undefined if this window is closing */
  async #nextRole(): Promise<Role | undefined> {
    const { signal } = this.#disposal;
    for (;;) {
      try {
        return await this.#election.run(signal, "next");
      } catch (error) {
        if (signal.aborted) return undefined;
        if (error instanceof ParleyError && error.code === "locked")
          this.#emit({ name: "locked", value: {} });
        this.#options.log.error(`No window has the account open: ${String(error)}`);
        this.#trouble =
          error instanceof ParleyError
            ? error
            : new UsageError("closed", "The account could not be opened", { cause: error });
        this.#pending.rejectAll(this.#trouble);
        this.#emit({ name: "changed", value: {} });
        await pause(TROUBLE_PAUSE_MS, undefined, { signal }).catch(() => {});
      }
    }
  }

  /** Emits, and logs a listener's error, which must not stop the caller. */
  #emit(event: AnyWindowEvent): void {
    const listeners = this.rawListeners(event.name).map(
      (listener) => () => Reflect.apply(listener, this, [event.value]),
    );
    for (const tell of [...this.#hearers.map((hear) => () => hear(event)), ...listeners]) {
      try {
        tell();
      } catch (error) {
        this.#options.log.error(`A listener failed: ${error instanceof Error ? error.stack : String(error)}`);
      }
    }
  }
}

/**
 * @returns whether a new leader connects: yes if the old one was online, connecting, or stopped by an error (which is resolved or will be
 * reported again); no after a sign-out, or if another device took over the session
 */
function staysOnline(state: MessengerState): boolean {
  if (state.type === "stopped") return state.error.code !== "superseded";
  return state.type === "online" || state.type === "connecting" || state.type === "waiting";
}
