/** Applies events of chats to the store, within the caller's transaction, and tells the news of it. */
import { type ConversationId, type MessageId, newMessageId } from "../../protocol/names.ts";
import { noteChangedKey } from "../contacts/contact.ts";
import type { MessengerEmitter } from "../events.ts";
import { type Body, type Change, isChange, shownKind } from "../kinds/body.ts";
import type { ChatEvent } from "../kinds/event.ts";
import type { ChatMessage, RequestNote } from "../model.ts";
import type { News } from "../news.ts";
import type { Expiry, MessagePlace } from "../store/expiries.ts";
import { isShownMessage, type ShownMessage, type StoredMessage } from "../store/messages.ts";
import type { ChatRecord, Peer } from "../store/peers.ts";
import type { Store } from "../store/store.ts";
import { applyChange, settleChanges, withChanges } from "./changes.ts";
import { type ChatAction, step } from "./chat.ts";
import { advance } from "./message-state.ts";
import { laterTimer, NO_TIMER, type Timer } from "./timer.ts";

/** A message before it has a place in the history. */
type NewMessage<Data extends Body | Change = Body | Change> = Omit<
  StoredMessage<Data>,
  "position" | "peerId" | "storedAt" | "latest"
>;

type RequestText = Extract<RequestNote, { kind: "text" }>;

export class Chats {
  /** Messages handed to the server that has not answered yet. A fact of this moment only, hence not on disk. */
  readonly inFlight = new Set<MessageId>();
  readonly #store: Store;
  readonly #news: News;
  readonly #emitter: MessengerEmitter;

  constructor(emitter: MessengerEmitter, store: Store, news: News) {
    this.#emitter = emitter;
    this.#store = store;
    this.#news = news;
  }

  /**
   * Takes one step of the chat's phase machine. Inside a transaction.
   * Where a chat ends, messages that still waited for a conversation to be sealed in have failed.
   * @param also further changes of the row. `askedBy`, `note` and `joining` last only as long as their phase.
   * @returns the person's row as it is now; undefined, with nothing changed, when the action has no meaning now
   */
  apply(
    peer: Peer,
    action: ChatAction,
    also: Pick<ChatRecord, "askedBy" | "note" | "joining"> = {},
  ): Peer | undefined {
    const taken = step(peer.chat, action);
    if (taken === undefined) return undefined;
    const { phase, current, pending, lost } = taken.state;
    const agreeing = phase === "establishing" || (phase === "open" && pending === peer.chat.pending);
    const next = this.change(phase === "open" ? peer : this.#failUnsealed(peer, phase), {
      phase,
      current,
      pending,
      lost,
      askedBy: phase === "invited" ? (also.askedBy ?? peer.chat.askedBy) : undefined,
      note: phase === "invited" ? also.note : undefined,
      joining: agreeing && pending !== undefined ? (also.joining ?? peer.chat.joining) : undefined,
      since: Date.now(),
      isNew: peer.chat.isNew ?? (phase !== "none" && peer.chat.lastActivity === 0 ? true : undefined),
    });
    return taken.event === undefined ? next : this.addEvent(next, taken.event);
  }

  /**
   * Stops the chat, since somebody else's key came in this person's name: nothing leaves and nothing is agreed on until the user decides.
   * Messages waiting to leave have failed, and may be retried in a later conversation. Inside a transaction.
   * @param key the other key
   */
  stopForChangedKey(peer: Peer, key: Uint8Array): Peer {
    for (const entry of this.#store.outbox.all(peer.id)) {
      this.#store.outbox.remove(entry.position);
      if (entry.outgoing.verb === "message") this.fail(peer, entry.outgoing.id, "identity-changed");
    }
    const noted = this.#store.peers.put({ ...peer, contact: noteChangedKey(peer.contact, key) });
    return this.apply(noted, { type: "key-changed" }) ?? this.change(noted, {});
  }

  /**
   * Marks the new conversation as current. Messages undelivered in the one it replaces are sent again in this one. Inside a
   * transaction. @returns as apply()
   */
  agreed(before: Peer, conversation: ConversationId): Peer | undefined {
    const peer = before.chat.current === undefined ? before : this.takeBack(before);
    const agreed = this.apply(peer, { type: "agreed", conversation });
    if (agreed === undefined) return undefined;
    const [first] = agreed.chat.unsealed ? this.#store.messages.unsealed(agreed.id, 1) : [];
    return this.change(agreed, { undeliveredFrom: first?.position ?? this.#store.messages.newest() + 1 });
  }

  /**
   * Puts all messages of this conversation without a receipt back to waiting, since it is unknown which have arrived; they can be sealed
   * anew under its id. Inside a transaction.
   */
  takeBack(peer: Peer): Peer {
    const { outbox, messages } = this.#store;
    for (const { position, outgoing } of outbox.all(peer.id))
      if (outgoing.verb === "message" || outgoing.verb === "commit") outbox.remove(position);
    const undelivered = messages.undelivered(peer.id, peer.chat.undeliveredFrom ?? Number.MAX_SAFE_INTEGER);
    for (const message of undelivered)
      if (message.state !== "waiting") this.updated(messages.setState(message, "waiting"));
    return undelivered.length === 0 ? peer : this.change(peer, { unsealed: true });
  }

  #failUnsealed(peer: Peer, phase: ChatRecord["phase"]): Peer {
    if (!peer.chat.unsealed) return peer;
    const code = phase === "key-changed" ? "identity-changed" : "no-conversation";
    for (const { id } of this.#store.messages.unsealed(peer.id)) this.fail(peer, id, code);
    return this.change(peer, { unsealed: undefined });
  }

  /** Marks one of mine as failed, for now. Inside a transaction. @param code a ParleyError code */
  fail(peer: Peer, id: MessageId, code: string, fact: "refused" | "dropped" = "refused"): void {
    const message = this.#store.messages.find(peer.id, id);
    if (message?.state === undefined) return; // a receipt
    const state = advance(message.state, fact);
    if (state !== message.state) this.updated(this.#store.messages.setState(message, state, code));
  }

  /** Notes a fact about one of mine, which may come late or twice. Inside a transaction. */
  note(peer: Peer, id: MessageId, fact: "sent" | "delivered" | "read"): void {
    const message = this.#store.messages.find(peer.id, id);
    if (message?.state === undefined) return;
    const state = advance(message.state, fact);
    if (state === message.state) return;
    const { messages } = this.#store;
    const noted =
      state === "sent" ? messages.setSent(message, Date.now()) : messages.setState(message, state);
    const { expiry } = noted;
    const starts = expiry !== undefined && expiry.due === undefined;
    this.updated(starts ? this.#store.messages.setExpiry(noted, dueFromNow(expiry.seconds)) : noted);
  }

  /** Changes the chat's record. Inside a transaction. */
  change(peer: Peer, chat: Partial<ChatRecord>): Peer {
    this.#news.whenTrue(() => this.#news.changed());
    return this.#store.peers.put({ ...peer, chat: { ...peer.chat, ...chat } });
  }

  /**
   * Takes the timer where it counts over the one that was known, and tells of it. Inside a transaction.
   * @returns undefined, with nothing changed, for one that no timer here leads to
   */
  setTimer(peer: Peer, timer: Timer, by: "me" | "peer"): Peer | undefined {
    const before = peer.chat.timer ?? NO_TIMER;
    const after = laterTimer(before, timer);
    if (after === undefined || after === before) return after && peer;
    const next = this.change(peer, { timer: after });
    if (after.seconds === before.seconds) return next;
    return this.addEvent(next, by === "me" ? "timer-set-by-me" : "timer-set-by-peer", after.seconds);
  }

  /** Appends an event. Inside a transaction. @param seconds of a timer */
  addEvent(peer: Peer, event: ChatEvent, seconds?: number): Peer {
    const body = { kind: "event", event, ...(seconds !== undefined && { seconds }) } as const;
    return this.add(peer, { id: newMessageId(), origin: "event", at: Date.now(), body }).peer;
  }

  /** Stores a written message as its kind demands: appends a message, or changes another. Inside a transaction. */
  add(peer: Peer, message: NewMessage): { readonly peer: Peer; readonly message: StoredMessage } {
    const { body } = message;
    return isChange(body)
      ? this.#amend(peer, { ...message, body })
      : this.#append(peer, { ...message, body });
  }

  #append(peer: Peer, message: NewMessage<Body>): { readonly peer: Peer; readonly message: ShownMessage } {
    const now = Date.now();
    const early = this.#store.messages.earlyChanges(peer.id, message.id);
    const body = withChanges(message, early);
    const { unread, notify, receipt } = shownKind(body).effect;
    const theirs = message.origin === "theirs";
    const stored = this.#store.messages.add(
      { ...message, body, peerId: peer.id, storedAt: now },
      theirs && receipt ? "delivered" : undefined,
    );
    settleChanges(this.#store, stored, early);
    const { unread: before, firstUnread } = peer.chat;
    const next = this.change(peer, {
      lastActivity: now,
      ...(theirs &&
        unread && {
          unread: before + 1,
          firstUnread: firstUnread ?? { id: stored.id, position: stored.position },
        }),
    });
    this.#news.whenTrue(() => {
      this.#news.safely(() => this.#emitter.emit("message", this.view(stored)));
      if (theirs && notify) this.#news.safely(() => this.#emitter.emit("notify", this.view(stored)));
    });
    return { peer: next, message: stored };
  }

  /** Stores a change, which is neither unread nor activity of its own. */
  #amend(peer: Peer, message: NewMessage<Change>): { readonly peer: Peer; readonly message: StoredMessage } {
    const stored = this.#store.messages.add(
      { ...message, peerId: peer.id, storedAt: Date.now() },
      message.origin === "theirs" ? "delivered" : undefined,
    );
    const target = applyChange(this.#store, stored);
    if (target !== undefined) this.updated(target);
    return { peer, message: stored };
  }

  /**
   * Adds the note of a request, which is the chat's first message from then on: for the requester when it was sent, for the
   * addressee once they have accepted. Inside a transaction.
   */
  addNote(peer: Peer, { id, text }: Omit<RequestText, "kind">, origin: "mine" | "theirs"): Peer {
    const { messages } = this.#store;
    if (messages.find(peer.id, id) !== undefined) return peer;
    const seconds = peer.chat.timer?.seconds ?? 0;
    const message = {
      ...{ id, at: Date.now(), body: { kind: "text", text } as const },
      ...(seconds > 0 && { expiry: dueFromNow(seconds) }),
    };
    if (origin === "mine") return this.add(peer, { ...message, origin, state: "sent" }).peer;
    messages.noteReceived(peer.id, id);
    return this.add(peer, { ...message, origin }).peer;
  }

  /** Takes messages out of the history; those of them that were unread no longer count. Inside a transaction. */
  remove(peer: Peer, gone: readonly MessagePlace[]): Peer {
    const { deletions } = this.#store;
    deletions.remove(peer.id, gone);
    const ids = gone.map(({ id }) => id);
    this.#news.whenTrue(() =>
      this.#news.safely(() => this.#emitter.emit("removed", { peer: peer.name, ids })),
    );
    const { firstUnread } = peer.chat;
    if (firstUnread === undefined) return peer;
    const { count, first } = deletions.theirsFrom(peer.id, firstUnread.position);
    return this.change(peer, { unread: count, firstUnread: first });
  }

  /** Tells that a message is no longer as it was. A change is no message that anybody is shown. */
  updated(message: StoredMessage): void {
    if (!isShownMessage(message)) return;
    this.#news.whenTrue(() => this.#news.safely(() => this.#emitter.emit("updated", this.view(message))));
  }

  /** @returns the message as it is shown */
  view(message: ShownMessage): ChatMessage {
    const { peerId, id, at, position, origin, body, state, failure, expiry } = message;
    const peer = this.#store.peers.withId(peerId);
    if (peer === undefined) throw new Error("A message of nobody");
    return {
      id,
      peer: peer.name,
      mine: origin === "mine",
      at,
      position,
      body,
      ...(state !== undefined && { state: state === "waiting" && this.inFlight.has(id) ? "sending" : state }),
      ...(failure !== undefined && { failure }),
      ...(expiry !== undefined && { expiry: shownExpiry(expiry) }),
    };
  }
}

/** @returns the expiry of a message whose time counts from now on */
export function dueFromNow(seconds: number): Expiry {
  return { seconds, due: Date.now() + seconds * 1000 };
}

function shownExpiry({ seconds, due }: Expiry): NonNullable<ChatMessage["expiry"]> {
  return due === undefined ? { seconds } : { seconds, due };
}
