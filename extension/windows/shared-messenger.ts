/**
 * One account in any number of windows: the window that gets the lock holds it, the others go through that one, and
 * when it is gone, one of them takes over. What is asked here is asked of whoever holds the account at that moment;
 * while nobody does, it waits.
 */
import { EventEmitter } from "node:events";
import { setTimeout as pause } from "node:timers/promises";
import * as v from "valibot";
import { ParleyError, UsageError } from "../../protocol/errors.ts";
import { type MessageId, newMessageId, type Username } from "../../protocol/names.ts";
import type {
  Account,
  ChangedNumbers,
  Chat,
  ChatMessage,
  Keep,
  MessengerOptions,
  MessengerState,
  Muted,
  Person,
  SearchQuestion,
  SearchStep,
  Secret,
  Shown,
  Stretch,
} from "../messenger/model.ts";
import { Calls } from "./calls.ts";
import type { Focus } from "./contract.ts";
import { Election, inUse } from "./election.ts";
import { KnownSecrets } from "./known-secrets.ts";
import { Owner } from "./owner.ts";
import { RemoteView } from "./remote-view.ts";
import type { Emit, Seat, SharedEvents } from "./seat.ts";
import type { Snapshots } from "./snapshots.ts";
import { type Params, type Result, VERBS, type Verb } from "./verbs.ts";

/** When the seat was lost and no other is to be had: before the next try. */
const TROUBLE_PAUSE_MS = 1_000;

export interface SharedMessengerOptions extends MessengerOptions {
  /** Whether the first window goes online by itself with a kept account. */
  readonly goOnline: () => boolean;
  /** Tells the user something once: that a damaged history was set aside, and where. */
  readonly tellNotice: (text: string) => void;
}

/** Verbs throw as those of Messenger, and UsageError "handed-over" where it is not known whether they were done. */
export class SharedMessenger extends EventEmitter<SharedEvents> implements Snapshots {
  readonly #options: SharedMessengerOptions;
  readonly #secrets: KnownSecrets;
  readonly #election: Election;
  readonly #calls = new Calls();
  readonly #disposal = new AbortController();
  #focus: Focus = { focused: false, at: 0 };
  #seat: Seat | undefined;
  /** Of the present seat, else of the last one. */
  #shown: Snapshots = new RemoteView();
  /** Why there is no seat, once that has lasted. */
  #trouble: ParleyError | undefined;
  #over: Promise<void> = Promise.resolve();

  private constructor(options: SharedMessengerOptions) {
    super();
    this.#options = options;
    const emit: Emit = (event, ...values) => this.#tell(event, ...values);
    this.on("hung", ({ is }) => this.#noteHung(is));
    this.#secrets = new KnownSecrets(options.secrets);
    this.#election = new Election({ ...options, secrets: this.#secrets, emit });
  }

  /** @throws UsageError "in-use" when another window has the account and does not answer; as Messenger.open */
  static async open(options: SharedMessengerOptions): Promise<SharedMessenger> {
    const shared = new SharedMessenger(options);
    await shared.#begin();
    return shared;
  }

  /**
   * Goes through a window that has the account open, and never opens it here: for a window that was locked, as long as
   * the passphrase was given in none.
   * @returns undefined where there is none
   */
  static async follow(options: SharedMessengerOptions): Promise<SharedMessenger | undefined> {
    const shared = new SharedMessenger(options);
    const seat = await shared.#election.follow();
    if (seat !== undefined) shared.#enter(seat, false);
    return seat && shared;
  }

  /** Whether this window holds the account. */
  get isOwner(): boolean {
    return this.#seat instanceof Owner;
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

  chat(peer: Username): Chat {
    return this.#shown.chat(peer);
  }

  claimedBlocks(): readonly Username[] {
    return this.#shown.claimedBlocks();
  }

  /** Somebody looks at this window now, or does no longer. */
  setFocused(focused: boolean): void {
    this.#focus = { focused, at: Date.now() };
    this.#seat?.focus(this.#focus);
  }

  /** Oldest first. */
  messages(peer: Username, stretch: Stretch): Promise<readonly ChatMessage[]> {
    return this.#ask("messages", { peer, stretch });
  }

  /** @returns as Messenger.positionOf */
  async positionOf(
    peer: Username,
    target: { readonly id: MessageId } | { readonly at: number },
  ): Promise<number | undefined> {
    return (await this.#ask("positionOf", { peer, target })) ?? undefined;
  }

  /** @returns as Messenger.searchStep */
  searchStep(question: SearchQuestion): Promise<SearchStep> {
    return this.#ask("searchStep", question);
  }

  setKeep(peer: Username, keep: Keep): Promise<void> {
    return this.#ask("setKeep", { peer, keep });
  }

  putAway(peer: Username): Promise<void> {
    return this.#ask("putAway", { peer });
  }

  /** @param shown the timer that the user saw, and changes */
  setTimer(peer: Username, seconds: number, shown: number): Promise<void> {
    return this.#ask("setTimer", { peer, seconds, shown });
  }

  /** @param upTo the position of the newest message that the user saw */
  deleteHistory(peer: Username, upTo: number): Promise<void> {
    return this.#ask("deleteHistory", { peer, upTo });
  }

  /** @returns 12 groups of five digits, or undefined while no key of that person is pinned. */
  async safetyNumber(peer: Username): Promise<Shown<"number"> | undefined> {
    return (await this.#ask("safetyNumber", { peer })) ?? undefined;
  }

  /** @returns as Messenger.changedNumbers */
  async changedNumbers(peer: Username): Promise<ChangedNumbers | undefined> {
    return (await this.#ask("changedNumbers", { peer })) ?? undefined;
  }

  join(link: string, name: string): Promise<void> {
    return this.#ask("join", { link, name });
  }

  connect(account: Shown<"account">): Promise<void> {
    return this.#ask("connect", { account });
  }

  reconnectNow(): Promise<void> {
    return this.#ask("reconnectNow", {});
  }

  signOut(): Promise<void> {
    return this.#ask("signOut", {});
  }

  forget(account: Shown<"account">): Promise<void> {
    return this.#ask("forget", { account });
  }

  /** The file is written by the window that holds the account: on the same computer. */
  backUp(path: string, passphrase: string): Promise<void> {
    return this.#ask("backUp", { path, passphrase });
  }

  /** Written as a backup is. */
  saveRecoveryFile(path: string, passphrase: string): Promise<void> {
    return this.#ask("saveRecoveryFile", { path, passphrase });
  }

  restore(path: string, passphrase: string, replaced: Shown<"account"> | null): Promise<void> {
    return this.#ask("restore", { path, passphrase, replaced });
  }

  /** All windows are told to put the account away. */
  lock(): Promise<void> {
    return this.#ask("lock", {});
  }

  /** The lock was put on or taken off: all windows, this one too, are told what the vault holds now. */
  tellVault(contents: Secret[]): Promise<void> {
    return this.#ask("tellVault", { contents });
  }

  stopArchiving(): Promise<void> {
    return this.#ask("stopArchiving", {});
  }

  /** @param wait leave it for somebody who is away @param note sealed for them */
  request(
    peer: Username,
    { wait = false, note = "" }: { readonly wait?: boolean; readonly note?: string } = {},
  ): Promise<void> {
    return this.#ask("request", { peer, wait, note });
  }

  accept(peer: Username, request: Shown<"request">): Promise<void> {
    return this.#ask("accept", { peer, request });
  }

  refuse(peer: Username, request: Shown<"request">): Promise<void> {
    return this.#ask("refuse", { peer, request });
  }

  block(peer: Username, request: Shown<"request"> | null): Promise<void> {
    return this.#ask("block", { peer, request });
  }

  unblock(peer: Username): Promise<void> {
    return this.#ask("unblock", { peer });
  }

  blocked(): Promise<readonly Username[]> {
    return this.#ask("blocked", {});
  }

  setMuted(peer: Username, muted: Muted): Promise<void> {
    return this.#ask("setMuted", { peer, muted });
  }

  /** @param until Unix time, milliseconds; null: disturb */
  setQuiet(until: number | null): Promise<void> {
    return this.#ask("setQuiet", { until });
  }

  /** @returns null where one may disturb */
  quietUntil(): Promise<number | null> {
    return this.#ask("quietUntil", {});
  }

  setInvisible(invisible: boolean): Promise<void> {
    return this.#ask("setInvisible", { invisible });
  }

  invisible(): Promise<boolean> {
    return this.#ask("invisible", {});
  }

  closeChat(peer: Username, standing: Shown<"standing">): Promise<void> {
    return this.#ask("closeChat", { peer, standing });
  }

  /** The id is chosen here: whoever is asked, and however often, the message is sent once. */
  send(peer: Username, text: string, id: MessageId = newMessageId()): Promise<ChatMessage> {
    return this.#ask("send", { peer, text, id });
  }

  retry(peer: Username, id: MessageId): Promise<void> {
    return this.#ask("retry", { peer, id });
  }

  markRead(peer: Username): Promise<void> {
    return this.#ask("markRead", { peer });
  }

  setDraft(peer: Username, text: string): Promise<void> {
    return this.#ask("setDraft", { peer, text });
  }

  /** @param number the one that the two have compared; null: they have not */
  setVerified(peer: Username, number: Shown<"number"> | null): Promise<void> {
    return this.#ask("setVerified", { peer, number });
  }

  acceptNewKey(peer: Username, change: Shown<"key-change">): Promise<void> {
    return this.#ask("acceptNewKey", { peer, change });
  }

  keepOldKey(peer: Username, change: Shown<"key-change">): Promise<void> {
    return this.#ask("keepOldKey", { peer, change });
  }

  createInvite(
    uses: number,
    expiresSeconds: number,
  ): Promise<{ readonly link: string; readonly expiresAt: Date }> {
    return this.#ask("createInvite", { uses, expiresSeconds });
  }

  /** Leaves. Where this window holds the account, another one takes over; without another, the line ends with QUIT. */
  async dispose(): Promise<void> {
    this.#disposal.abort();
    this.#calls.rejectAll(new UsageError("closed", "This window is closing"));
    await this.#seat?.close();
    await this.#over;
    this.#secrets.forget();
  }

  #ask<V extends Verb>(verb: V, params: Params<V>): Promise<Result<V>> {
    if (this.#disposal.signal.aborted)
      return Promise.reject(new UsageError("closed", "This window is closing"));
    if (this.#trouble !== undefined) return Promise.reject(this.#trouble);
    // What the other end would take for no question of ours must not be asked at all.
    if (!v.is(VERBS[verb].params, params))
      return Promise.reject(new UsageError("bad-argument", `${verb}: an argument is out of bounds`));
    return this.#calls.ask(verb, params);
  }

  #sit(seat: Seat, goOnline: boolean): void {
    this.#seat = seat;
    this.#shown = seat.shown;
    this.#trouble = undefined;
    seat.focus(this.#focus);
    if (seat instanceof Owner) {
      for (const notice of seat.shown.notices) this.#options.tellNotice(notice);
      if (goOnline && seat.shown.account !== undefined) seat.shown.connect();
    }
    this.#calls.seated(seat);
  }

  /**
   * What was asked before stays asked: it is done when that window wakes, or by the next. It keeps the lock
   * meanwhile, so nobody takes over before it has ended.
   */
  #noteHung(hung: boolean): void {
    if (this.#seat === undefined) return;
    this.#trouble = hung ? inUse(this.#options.directory) : undefined;
    if (this.#trouble !== undefined) this.#options.log.warn(this.#trouble.message);
    this.#tell("changed");
  }

  async #begin(): Promise<void> {
    this.#enter(await this.#election.run(this.#disposal.signal, "unseated"), this.#options.goOnline());
  }

  #enter(seat: Seat, goOnline: boolean): void {
    this.#sit(seat, goOnline);
    this.#over = this.#stay(seat);
  }

  async #stay(first: Seat): Promise<void> {
    let seat = first;
    for (;;) {
      await seat.ended;
      this.#seat = undefined;
      this.#trouble = undefined;
      if (this.#disposal.signal.aborted) return;
      this.#calls.unseated();
      const next = await this.#nextSeat();
      if (next === undefined) return;
      seat = next;
      this.#sit(seat, staysOn(this.#shown.state));
      this.#tell("changed");
      this.#tell("reread");
    }
  }

  /** @returns undefined when this window closes */
  async #nextSeat(): Promise<Seat | undefined> {
    const { signal } = this.#disposal;
    for (;;) {
      try {
        return await this.#election.run(signal, "seated");
      } catch (error) {
        if (signal.aborted) return undefined;
        if (error instanceof ParleyError && error.code === "locked") this.#tell("locked");
        this.#options.log.error(`No window holds the account: ${String(error)}`);
        this.#trouble =
          error instanceof ParleyError
            ? error
            : new UsageError("closed", "The account could not be opened", { cause: error });
        this.#calls.rejectAll(this.#trouble);
        this.#tell("changed");
        await pause(TROUBLE_PAUSE_MS, undefined, { signal }).catch(() => {});
      }
    }
  }

  /** A listener that throws must not stop what we were doing. */
  #tell<Event extends keyof SharedEvents>(event: Event, ...values: SharedEvents[Event]): void {
    for (const listener of this.rawListeners(event)) {
      try {
        Reflect.apply(listener, this, values);
      } catch (error) {
        this.#options.log.error(`A listener failed: ${error instanceof Error ? error.stack : String(error)}`);
      }
    }
  }
}

/**
 * Whether who takes over goes online. Who was stopped has not signed out: what stopped them is gone by now, or stops them
 * again and is told again. Only where another computer has the account it stays there.
 */
function staysOn(state: MessengerState): boolean {
  if (state.type === "stopped") return state.error.code !== "superseded";
  return state.type === "online" || state.type === "connecting" || state.type === "waiting";
}
