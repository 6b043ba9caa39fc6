/**
 * Tells people that the user is typing, and shows that they are: both only while the user's setting is on. Nothing of it is stored, and
 * nothing waits for a person or a line that is away.
 */
import type { SignalDelivered } from "../../protocol/client/client.ts";
import type { Signal } from "../../protocol/e2ee/signal.ts";
import { SIGNAL_FRESH_MS } from "../../protocol/limits.ts";
import type { ConversationId, Username } from "../../protocol/names.ts";
import type { Context } from "../context.ts";
import type { MessengerEmitter } from "../events.ts";
import type { ChatId, ChatMessage } from "../model.ts";
import type { StoredChat } from "../store/chats.ts";
import { partnerOf } from "./direct.ts";

/** Signals to one chat are at least this far apart, milliseconds. */
const TOLD_EVERY_MS = 3_000;
/** How long a person counts as typing after a signal: two signals, since one may be lost. */
export const TYPING_MS = 6_000;
/** More signals of one chat than this are dropped unopened: an honest one comes every TOLD_EVERY_MS. */
const OPENED_EVERY_MS = 1_000;
/** ... and of all chats together, in a second. */
const OPENED_A_SECOND = 20;

interface Heard {
  /** When the last one was opened, by the monotonic clock. */
  readonly openedAt: number;
  /** `sentAt` of the newest that was accepted, 0 for none: older ones are repetitions. */
  readonly newest: number;
}

/**
 * Returns whether a signal is neither a repetition nor from another moment.
 * @param sentAt by the sender's clock, Unix milliseconds, as is all else
 * @param newest the latest `sentAt` that was accepted
 */
export function isNewSignal(sentAt: number, newest: number, now: number): boolean {
  return sentAt > newest && Math.abs(now - sentAt) <= SIGNAL_FRESH_MS;
}

export class Typing {
  readonly #context: Context;
  readonly #emitter: MessengerEmitter;
  readonly #isOn: () => boolean;
  readonly #clock: () => number;
  readonly #told = new Map<ChatId, number>();
  readonly #heard = new Map<ChatId, Heard>();
  readonly #shown = new Map<ChatId, NodeJS.Timeout>();
  #second = { since: Number.NEGATIVE_INFINITY, opened: 0 };
  readonly #arrived = ({ chat, author }: ChatMessage) => {
    if (author === partnerOf(chat)) this.#end(chat);
  };

  /** @param isOn returns whether the setting is on @param clock monotonic milliseconds */
  constructor(
    context: Context,
    emitter: MessengerEmitter,
    isOn: () => boolean,
    clock: () => number = () => performance.now(),
  ) {
    this.#context = context;
    this.#emitter = emitter;
    this.#isOn = isOn;
    this.#clock = clock;
    emitter.on("message", this.#arrived);
  }

  /**
   * Notes that the user typed something in a chat, and tells the other person, if the setting is on and they see each other online. Does
   * nothing in a chat that isn't open.
   */
  async typed(id: ChatId): Promise<void> {
    const { store, server, log } = this.#context;
    if (!this.#mayShare()) return;
    const chat = store.chats.get(id);
    const current = chat && this.#open(chat);
    if (current === undefined || !server.line?.users.has(partnerOf(id))) return;
    const now = this.#clock();
    if (now - (this.#told.get(id) ?? Number.NEGATIVE_INFINITY) < TOLD_EVERY_MS) return;
    this.#told.set(id, now);
    try {
      const sealed = this.#context.conversations.get(current)?.sealTyping(Date.now());
      if (sealed !== undefined) await server.ask("signal", current, sealed);
    } catch (error) {
      log.debug(`A signal was not sent: ${String(error)}`);
    }
  }

  /** Handles a signal from the server. One that is not what it should be is dropped without a trace: a flood must not fill the log. */
  heard({ conversation, sealed }: SignalDelivered): void {
    const now = this.#clock();
    if (!this.#mayShare() || !this.#takes(now)) return;
    const { store } = this.#context;
    const number = store.conversations.chatOf(conversation);
    const chat = number === undefined ? undefined : store.chats.withNumber(number);
    if (chat === undefined || this.#open(chat) !== conversation) return;
    const { openedAt = Number.NEGATIVE_INFINITY, newest = 0 } = this.#heard.get(chat.id) ?? {};
    if (now - openedAt < OPENED_EVERY_MS) return;
    const signal = this.#opened(conversation, sealed);
    const isNew = signal !== undefined && isNewSignal(signal.sentAt, newest, Date.now());
    this.#heard.set(chat.id, { openedAt: now, newest: isNew ? signal.sentAt : newest });
    if (isNew && signal.kind === "typing") this.#show(chat.id);
  }

  /** Ends all that is shown, since no signal comes any more. */
  lineGone(): void {
    for (const id of [...this.#shown.keys()]) this.#end(id);
  }

  close(): void {
    this.#emitter.off("message", this.#arrived);
    for (const timer of this.#shown.values()) clearTimeout(timer);
    this.#shown.clear();
  }

  /** Not while invisible: a signal would tell that the user is there. */
  #mayShare(): boolean {
    const { store } = this.#context;
    return store.isOpen && this.#isOn() && store.settings.get("invisible") !== "yes";
  }

  /** Returns the conversation of a chat whose two people can write to each other. */
  #open({ id, phase, group }: StoredChat): ConversationId | undefined {
    if (phase !== "open" || group.lost === true || this.#context.contacts.isBlocked(partnerOf(id)))
      return undefined;
    return group.current;
  }

  #takes(now: number): boolean {
    if (now - this.#second.since >= 1_000) this.#second = { since: now, opened: 0 };
    this.#second.opened += 1;
    return this.#second.opened <= OPENED_A_SECOND;
  }

  #opened(conversation: ConversationId, sealed: Uint8Array): Signal | undefined {
    try {
      return this.#context.conversations.get(conversation)?.openSignal(sealed);
    } catch {
      return undefined;
    }
  }

  #show(id: ChatId): void {
    clearTimeout(this.#shown.get(id));
    this.#shown.set(id, setTimeout(() => this.#end(id), TYPING_MS).unref());
    this.#tell(id, partnerOf(id), true);
  }

  #end(id: ChatId): void {
    const timer = this.#shown.get(id);
    if (timer === undefined) return;
    clearTimeout(timer);
    this.#shown.delete(id);
    this.#tell(id, partnerOf(id), false);
  }

  #tell(chat: ChatId, person: Username, typing: boolean): void {
    this.#emitter.emit("typing", { chat, person, typing });
  }
}
