/**
 * Sealed messages that arrive. All that came for one person while the last ones were being written are opened in
 * order and written in one transaction, with the MLS state after the last of them; then they are confirmed.
 */
import { setImmediate } from "node:timers/promises";
import type { Delivered, MessageDelivered } from "../../protocol/client/client.ts";
import type { Conversation, Opened } from "../../protocol/e2ee/conversation.ts";
import { ParleyError } from "../../protocol/errors.ts";
import type { ConversationId, MessageId, Username } from "../../protocol/names.ts";
import { dueFromNow } from "../chats/chats.ts";
import { type Context, peerOf } from "../context.ts";
import type { Renewal } from "../groups/renewal.ts";
import type { SelfUpdates } from "../groups/self-updates.ts";
import { StrayMessages } from "../groups/stray-messages.ts";
import { isChange, isShown, type SignalData, signalOf } from "../kinds/body.ts";
import { Lanes } from "../lanes.ts";
import type { Peer } from "../store/peers.ts";
import type { Intake } from "./intake.ts";
import type { Outgoing } from "./outgoing.ts";
import { type Pace, type Payer, STRANGERS } from "./pace.ts";

/** Bounds how long one transaction keeps the window's other work waiting: some ten milliseconds. */
const MAX_BATCH = 32;
/** Deliveries that wait here for their turn: far more than a server has under way to one client. */
const MAX_HELD_BYTES = 64 * 1024 * 1024;
/** Memory of a waiting delivery beside the message in it. */
const HELD_BYTES = 4 * 1024;
/** Opening goes on for no longer without the window's other work having a turn: half the time of one frame of the screen. */
const SLICE_MS = 8;
/** Requests and other deliveries that are no message: some two milliseconds each. */
const PIECES_A_TURN = 4;

interface Waiting {
  readonly delivered: MessageDelivered;
  readonly intake: Intake;
}

/** The result of looking at a delivery. */
type Arrival =
  /** `again`: it was here already, sealed otherwise: its sender does not know. */
  | { readonly type: "opened"; readonly opened: Opened; readonly again: boolean }
  /** It does not open with the keys that it should open with. */
  | { readonly type: "lost"; readonly conversation: ConversationId }
  /** It is not the thing it claims to be: somebody lies. */
  | { readonly type: "false" }
  /** It was here already, or nothing that its sender does not know of. */
  | { readonly type: "nothing" };

export class IncomingMessages {
  readonly #context: Context;
  readonly #outgoing: Outgoing;
  readonly #updates: SelfUpdates;
  readonly #renewal: Renewal;
  readonly #strays: StrayMessages;
  /** Messages that came since that person's last other delivery. */
  readonly #waiting = new Map<Username, Waiting[]>();
  /** Deliveries of one person count in their order; in between, their lane is free for outgoing messages. */
  readonly #arrivals = new Lanes();
  /** Requests and the like of people never talked with: one at a time. */
  readonly #strangers = new Lanes();
  readonly #pace: Pace;
  #inThisTurn = 0;
  #heldBytes = 0;

  constructor(context: Context, outgoing: Outgoing, updates: SelfUpdates, renewal: Renewal, pace: Pace) {
    this.#context = context;
    this.#outgoing = outgoing;
    this.#updates = updates;
    this.#renewal = renewal;
    this.#pace = pace;
    this.#strays = new StrayMessages(context);
  }

  take(delivered: MessageDelivered, intake: Intake): void {
    const peer = this.#peerOf(delivered.conversation);
    if (peer === undefined) {
      this.#strays.take(delivered);
      return;
    }
    if (peer.contact.blocked) {
      delivered.confirm();
      return;
    }
    if (!this.#hold(delivered.sealed.length, intake)) return;
    const waiting = this.#waiting.get(peer.name);
    if (waiting !== undefined) {
      waiting.push({ delivered, intake });
      return;
    }
    const arrived = [{ delivered, intake }];
    this.#waiting.set(peer.name, arrived);
    void this.#arrivals.run(peer.name, () => this.#takeAll(peer.name, arrived));
  }

  /**
   * Handles a delivery that is no message. Messages before it must be open by then, above all where it ends their conversation, and
   * messages after it may be of the conversation that it opens.
   * @param work in that person's lane
   */
  async takeBetween(name: Username, intake: Intake, work: () => Promise<void>): Promise<void> {
    if (!this.#hold(0, intake)) return;
    this.#waiting.delete(name);
    try {
      await this.#arrivals.run(name, () => {
        if (!isStranger(this.#context.store.peers.get(name))) return this.#takeAtPace(name, name, work);
        return this.#strangers.run("", () => this.#takeAtPace(name, STRANGERS, work));
      });
    } finally {
      this.#heldBytes -= HELD_BYTES;
    }
  }

  /** Yields after a few pieces in one turn of the event loop, so that others have their turn in between. */
  async #giveWay(): Promise<void> {
    if (this.#inThisTurn === 0) void setImmediate().then(() => (this.#inThisTurn = 0));
    this.#inThisTurn += 1;
    if (this.#inThisTurn > PIECES_A_TURN) await setImmediate();
  }

  async #takeAtPace(name: Username, payer: Payer, work: () => Promise<void>): Promise<void> {
    await this.#pace.turn(payer);
    await this.#giveWay();
    await this.#context.lanes.run(name, () => this.#pace.spend(payer, work));
  }

  /** @returns whether there is room for it. Where there is none, the line goes: nothing is lost, and no server that means well does that */
  #hold(bytes: number, intake: Intake): boolean {
    if (this.#heldBytes >= MAX_HELD_BYTES) {
      intake.giveUp();
      return false;
    }
    this.#heldBytes += HELD_BYTES + bytes;
    return true;
  }

  #release(waiting: readonly Waiting[]): readonly Waiting[] {
    for (const { delivered } of waiting) this.#heldBytes -= HELD_BYTES + delivered.sealed.length;
    return waiting;
  }

  /** Takes a delivery other than a message, from a person of whom nothing is left here: they wait for an answer. */
  takeStray(delivered: Pick<Delivered, "conversation" | "confirm">): void {
    this.#strays.take(delivered);
  }

  lineGone(): void {
    this.#strays.lineGone();
  }

  /** Sends unsealed messages. In the person's lane. */
  sendBacklog(name: Username): Promise<void> {
    return this.#outgoing.sendBacklog(name);
  }

  receiptsDue(peer: Peer): void {
    this.#outgoing.receiptsDue(peer);
  }

  /** Sends the timer. In the person's lane. */
  announceTimer(name: Username): Promise<void> {
    return this.#outgoing.announceTimer(name);
  }

  /** @param arrived grows until all of it is taken, or something else has come */
  async #takeAll(name: Username, arrived: Waiting[]): Promise<void> {
    while (arrived.length > 0) {
      // Deliveries of a line that is gone come again, and are not worth a turn.
      if (await this.#pace.turn(name)) this.#release(takeOut(arrived, ({ intake }) => !intake.stands));
      await this.#context.lanes.run(name, () =>
        this.#pace.spend(name, () => this.#takeBatch(name, this.#release(arrived.splice(0, MAX_BATCH)))),
      );
    }
    if (this.#waiting.get(name) === arrived) this.#waiting.delete(name);
  }

  async #takeBatch(name: Username, arrived: readonly Waiting[]): Promise<void> {
    const batch = arrived.filter(({ intake }) => intake.counts);
    if (!this.#context.store.isOpen) return;
    const deliveries = batch.map(({ delivered }) => delivered);
    try {
      await this.#openBatch(name, deliveries);
    } catch (error) {
      this.#context.log.error(`Messages stay unconfirmed: ${String(error)}`);
      for (const { intake } of batch) intake.failed(error);
    }
  }

  async #openBatch(name: Username, batch: readonly MessageDelivered[]): Promise<void> {
    const { store, conversations } = this.#context;
    const peerId = peerOf(store, name).id;
    const states = new Map<ConversationId, Conversation>();
    const arrivals = new Map<MessageId, Arrival>();
    const lost = new Set<ConversationId>();
    let sliceEnd = performance.now() + SLICE_MS;
    for (const delivered of batch) {
      if (performance.now() >= sliceEnd) {
        await setImmediate();
        sliceEnd = performance.now() + SLICE_MS;
      }
      if (!store.isOpen) return;
      if (arrivals.has(delivered.id) || lost.has(delivered.conversation)) continue;
      const arrival = await this.#open(delivered, peerOf(store, name), states);
      if (arrival.type === "lost") lost.add(arrival.conversation);
      arrivals.set(delivered.id, arrival);
    }
    store.transaction(() => {
      let peer = peerOf(store, name);
      for (const state of states.values()) conversations.put(peerId, state);
      for (const [id, arrival] of arrivals) peer = this.#write(peer, id, arrival);
    });
    for (const delivered of batch) delivered.confirm();
    if (arrivals.size === 0) return;
    this.#outgoing.receiptsDue(peerOf(store, name));
    this.#updates.lookAt(name);
  }

  /** @param states of the conversations that this batch has advanced */
  async #open(
    { conversation: conversationId, id, sealed }: MessageDelivered,
    { id: peerId, name, chat }: Peer,
    states: Map<ConversationId, Conversation>,
  ): Promise<Arrival> {
    const { store, conversations, log } = this.#context;
    // An id of our own: the server plays our message back to us.
    if (store.messages.find(peerId, id)?.origin === "mine") return { type: "false" };
    const again = store.messages.hasReceived(peerId, id);
    try {
      const conversation = states.get(conversationId) ?? conversations.get(conversationId);
      if (conversation === undefined) return { type: "nothing" }; // no agreement came of its Welcome, and they were told
      const opened = await conversation.open(id, sealed);
      states.set(conversationId, opened.next);
      return opened.sender === name ? { type: "opened", opened, again } : { type: "false" };
    } catch (error) {
      const code = error instanceof ParleyError ? error.code : String(error);
      if (again) return { type: "nothing" };
      // Its sender knows, and sends it again in the next one, in its order.
      if (chat.current === conversationId && chat.lost) return { type: "nothing" };
      log.warn(`A message does not open: ${code}`);
      if (code !== "undecryptable") return { type: "false" };
      // Of the chat that is open, it is sent again. Of one that is over, nobody waits for it.
      if (chat.phase !== "open" || chat.current !== conversationId) return { type: "false" };
      return { type: "lost", conversation: conversationId };
    }
  }

  /** Writes the arrival. Inside the batch's transaction. */
  #write(before: Peer, id: MessageId, arrival: Arrival): Peer {
    const { store, chats } = this.#context;
    switch (arrival.type) {
      case "nothing":
        return before;
      case "lost":
        return this.#renewal.noticed(before, arrival.conversation);
      case "false":
        if (store.messages.hasReceived(before.id, id)) return before;
        store.messages.noteReceived(before.id, id);
        return chats.addEvent(before, "undecryptable");
      case "opened":
        if (arrival.again) {
          store.messages.oweAgain(before.id, id);
          return before;
        }
        return this.#writeOpened(before, id, arrival.opened);
    }
  }

  #writeOpened(before: Peer, id: MessageId, { content, order }: Opened): Peer {
    const { store, chats } = this.#context;
    if (content === undefined) {
      // The peer's self-update: the conversation's next state is all of it.
      store.messages.noteSignal(before.id, id);
      return before;
    }
    let peer = before;
    // Any kind can show that a message is missing. That it comes late itself matters only where it is shown.
    if (order.type === "ahead") peer = chats.addEvent(peer, "missing");
    if (order.type === "late" && isShown(content)) peer = chats.addEvent(peer, "late");
    if (content.kind === "not-understood") return this.#addNotUnderstood(peer, id);
    const { sentAt, expirySeconds, level: _level, replyTo: _replyTo, ...data } = content;
    if (!isShown(data) && !isChange(data)) return this.#act(peer, id, data);
    store.messages.noteReceived(peer.id, id);
    const at = Math.min(sentAt, Date.now()); // not later than now: it has arrived
    const expiry = expirySeconds === undefined ? undefined : dueFromNow(expirySeconds);
    return chats.add(peer, { id, origin: "theirs", at, body: data, expiry }).peer;
  }

  #act(before: Peer, id: MessageId, signal: SignalData): Peer {
    const { store, chats } = this.#context;
    let peer = before;
    const understood = signalOf(signal).act(signal, {
      noteReceipt: (ids, state) => {
        for (const receipted of ids) chats.note(peer, receipted, state);
      },
      setTimer: (timer) => {
        const next = chats.setTimer(peer, timer, "peer");
        peer = next ?? peer;
        return next !== undefined;
      },
    });
    if (!understood) return this.#addNotUnderstood(peer, id);
    store.messages.noteSignal(peer.id, id);
    return peer;
  }

  #addNotUnderstood(peer: Peer, id: MessageId): Peer {
    const { store, chats } = this.#context;
    store.messages.noteReceived(peer.id, id);
    const body = { kind: "not-understood" } as const;
    return chats.add(peer, { id, origin: "theirs", at: Date.now(), body }).peer;
  }

  #peerOf(conversation: ConversationId): Peer | undefined {
    const { peers, conversations } = this.#context.store;
    const peerId = conversations.peerIdOf(conversation);
    if (peerId !== undefined) return peers.withId(peerId);
    // Its Welcome is in the lane, just before it.
    for (const peer of peers.all()) if (peer.chat.pending === conversation) return peer;
    return undefined;
  }
}

/** Says whether a person is known by their requests alone: no key is pinned, and no chat was ever open. */
function isStranger(peer: Peer | undefined): boolean {
  if (peer === undefined) return true;
  const { contact, chat } = peer;
  return contact.identityKey === undefined && (chat.phase === "none" || chat.phase === "invited");
}

/** @returns the entries that were in the list, and are no longer */
function takeOut<Item>(list: Item[], unwanted: (item: Item) => boolean): readonly Item[] {
  return list.splice(0, list.length, ...list.filter((item) => !unwanted(item))).filter(unwanted);
}
