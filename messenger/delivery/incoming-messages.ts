/**
 * Sealed messages that arrive. All that came in one chat while the last ones were being written are opened in
 * order and written in one transaction, with the MLS state after the last of them; then they are confirmed.
 */
import { setImmediate } from "node:timers/promises";
import type { Delivered, MessageDelivered } from "../../protocol/client/client.ts";
import type { Conversation, Opened } from "../../protocol/e2ee/conversation.ts";
import { ParleyError } from "../../protocol/errors.ts";
import type { ConversationId, MessageId, Username } from "../../protocol/names.ts";
import { membersOf } from "../chats/chat-id.ts";
import { dueFromNow } from "../chats/chats.ts";
import { directChat } from "../chats/direct.ts";
import { type Context, chatOf } from "../context.ts";
import type { Renewal } from "../groups/renewal.ts";
import type { SelfUpdates } from "../groups/self-updates.ts";
import { StrayMessages } from "../groups/stray-messages.ts";
import { isChange, isShown, type SignalData, signalOf } from "../kinds/body.ts";
import { eventBody } from "../kinds/event.ts";
import { Lanes } from "../lanes.ts";
import type { ChatId } from "../model.ts";
import type { StoredChat } from "../store/chats.ts";
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
  /** The same bytes again: its sender does not know either, or the server has forgotten that we have it. */
  | { readonly type: "again" }
  /** It does not open with the keys that it should open with. */
  | { readonly type: "lost"; readonly conversation: ConversationId }
  /** It is not the thing it claims to be: somebody lies. */
  | { readonly type: "false" }
  /** Nothing that its sender does not know of. */
  | { readonly type: "nothing" };

export class IncomingMessages {
  readonly #context: Context;
  readonly #outgoing: Outgoing;
  readonly #updates: SelfUpdates;
  readonly #renewal: Renewal;
  readonly #strays: StrayMessages;
  /** Messages that came since that chat's last other delivery. */
  readonly #waiting = new Map<ChatId, Waiting[]>();
  /** Deliveries of one chat count in their order; in between, its lane is free for outgoing messages. */
  readonly #arrivals = new Lanes<ChatId>();
  /** Requests and the like of people never talked with: one at a time. */
  readonly #strangers = new Lanes<"">();
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
    const id = this.#chatOf(delivered.conversation)?.id;
    if (id === undefined) {
      this.#strays.take(delivered);
      return;
    }
    if (membersOf(id).every((name) => this.#context.contacts.isBlocked(name))) {
      delivered.confirm();
      return;
    }
    if (!this.#hold(delivered.sealed.length, intake)) return;
    const waiting = this.#waiting.get(id);
    if (waiting !== undefined) {
      waiting.push({ delivered, intake });
      return;
    }
    const arrived = [{ delivered, intake }];
    this.#waiting.set(id, arrived);
    void this.#arrivals.run(id, () => this.#takeAll(id, arrived));
  }

  /**
   * Handles a delivery from one person that is no message. Messages before it must be open by then, above all where it ends their conversation, and
   * messages after it may be of the conversation that it opens.
   * @param work in the lane of the chat with that person
   */
  async takeBetween(name: Username, intake: Intake, work: () => Promise<void>): Promise<void> {
    if (!this.#hold(0, intake)) return;
    const id = directChat(name);
    this.#waiting.delete(id);
    try {
      await this.#arrivals.run(id, () => {
        if (!this.#context.direct.isWithStranger(id)) return this.#takeAtPace(id, id, work);
        return this.#strangers.run("", () => this.#takeAtPace(id, STRANGERS, work));
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

  async #takeAtPace(id: ChatId, payer: Payer, work: () => Promise<void>): Promise<void> {
    await this.#pace.turn(payer);
    await this.#giveWay();
    await this.#context.lanes.run(id, () => this.#pace.spend(payer, work));
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

  /** Sends unsealed messages. In the chat's lane. */
  sendBacklog(of: ChatId): Promise<void> {
    return this.#outgoing.sendBacklog(of);
  }

  receiptsDue(of: ChatId): void {
    this.#outgoing.receiptsDue(of);
  }

  /** Sends the timer. In the chat's lane. */
  announceTimer(of: ChatId): Promise<void> {
    return this.#outgoing.announceTimer(of);
  }

  /** Sends the user's profile. In the chat's lane. */
  announceProfile(of: ChatId): Promise<void> {
    return this.#outgoing.announceProfile(of);
  }

  /** @param arrived grows until all of it is taken, or something else has come */
  async #takeAll(id: ChatId, arrived: Waiting[]): Promise<void> {
    while (arrived.length > 0) {
      // Deliveries of a line that is gone come again, and are not worth a turn.
      if (await this.#pace.turn(id)) this.#release(takeOut(arrived, ({ intake }) => !intake.stands));
      await this.#context.lanes.run(id, () =>
        this.#pace.spend(id, () => this.#takeBatch(id, this.#release(arrived.splice(0, MAX_BATCH)))),
      );
    }
    if (this.#waiting.get(id) === arrived) this.#waiting.delete(id);
  }

  async #takeBatch(of: ChatId, arrived: readonly Waiting[]): Promise<void> {
    const batch = arrived.filter(({ intake }) => intake.counts);
    if (!this.#context.store.isOpen) return;
    const deliveries = batch.map(({ delivered }) => delivered);
    try {
      await this.#openBatch(of, deliveries);
    } catch (error) {
      this.#context.log.error(`Messages stay unconfirmed: ${String(error)}`);
      for (const { intake } of batch) intake.failed(error);
    }
  }

  async #openBatch(of: ChatId, batch: readonly MessageDelivered[]): Promise<void> {
    const { store, conversations } = this.#context;
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
      const arrival = await this.#open(delivered, chatOf(store, of), states);
      if (arrival.type === "lost") lost.add(arrival.conversation);
      arrivals.set(delivered.id, arrival);
    }
    store.transaction(() => {
      let chat = chatOf(store, of);
      for (const state of states.values()) conversations.put(chat.number, state);
      for (const [id, arrival] of arrivals) chat = this.#write(chat, id, arrival);
    });
    for (const delivered of batch) delivered.confirm();
    if (arrivals.size === 0) return;
    this.#outgoing.receiptsDue(of);
    this.#updates.lookAt(of);
  }

  /** @param states of the conversations that this batch has advanced */
  async #open(
    { conversation: conversationId, id, sealed }: MessageDelivered,
    { id: chat, number, phase, group }: StoredChat,
    states: Map<ConversationId, Conversation>,
  ): Promise<Arrival> {
    const { store, chats, conversations, log } = this.#context;
    // An id of our own: the server plays our message back to us.
    const known = store.messages.find(number, id);
    if (known !== undefined && chats.isMine(known)) return { type: "false" };
    const again = store.received.has(number, id);
    try {
      const conversation = states.get(conversationId) ?? conversations.get(conversationId);
      if (conversation === undefined) return { type: "nothing" }; // no agreement came of its Welcome, and they were told
      const opened = await conversation.open(id, sealed);
      states.set(conversationId, opened.next);
      return membersOf(chat).includes(opened.sender) ? { type: "opened", opened, again } : { type: "false" };
    } catch (error) {
      const code = error instanceof ParleyError ? error.code : String(error);
      if (again) return { type: "again" };
      // Its sender knows, and sends it again in the next one, in its order.
      if (group.current === conversationId && group.lost) return { type: "nothing" };
      log.warn(`A message does not open: ${code}`);
      if (code !== "undecryptable") return { type: "false" };
      // Of the chat that is open, it is sent again. Of one that is over, nobody waits for it.
      if (phase !== "open" || group.current !== conversationId) return { type: "false" };
      return { type: "lost", conversation: conversationId };
    }
  }

  /** Writes the arrival. Inside the batch's transaction. */
  #write(before: StoredChat, id: MessageId, arrival: Arrival): StoredChat {
    const { store, chats } = this.#context;
    switch (arrival.type) {
      case "nothing":
        return before;
      case "lost":
        return this.#renewal.noticed(before, arrival.conversation);
      case "false":
        if (store.received.has(before.number, id)) return before;
        store.received.note(before.number, id, "never");
        return chats.addEvent(before, eventBody("undecryptable"));
      case "again":
        store.received.oweAgain(before.number, id);
        return before;
      case "opened":
        if (arrival.again) {
          store.received.oweAgain(before.number, id);
          return before;
        }
        return this.#writeOpened(before, id, arrival.opened);
    }
  }

  #writeOpened(before: StoredChat, id: MessageId, { sender, content, order }: Opened): StoredChat {
    const { store, chats } = this.#context;
    if (content === undefined) {
      // Their self-update: the conversation's next state is all of it.
      store.received.noteSignal(before.number, id);
      return before;
    }
    let chat = before;
    // Any kind can show that a message is missing. That it comes late itself matters only where it is shown.
    if (order.type === "ahead") chat = chats.addEvent(chat, eventBody("missing", sender));
    if (order.type === "late" && isShown(content)) chat = chats.addEvent(chat, eventBody("late"));
    if (content.kind === "not-understood") return this.#addNotUnderstood(chat, id, sender);
    const { sentAt, expirySeconds, level: _level, replyTo, ...data } = content;
    if (!isShown(data) && !isChange(data)) return this.#act(chat, id, sender, data);
    const at = Math.min(sentAt, Date.now()); // not later than now: it has arrived
    const expiry = expirySeconds === undefined ? undefined : dueFromNow(expirySeconds);
    const message = { id, author: sender, at, ...(sentAt > at && { claimedAt: sentAt }), expiry };
    return isChange(data)
      ? chats.amend(chat, { ...message, body: data })
      : chats.append(chat, { ...message, body: data, replyTo }).chat;
  }

  #act(before: StoredChat, id: MessageId, sender: Username, signal: SignalData): StoredChat {
    const { store, chats, contacts } = this.#context;
    let chat = before;
    const understood = signalOf(signal).act(signal, {
      noteReceipt: (ids, receipt) => {
        for (const receipted of ids) chats.noteReceipt(chat, receipted, sender, receipt);
      },
      setTimer: (timer) => {
        const next = chats.setTimer(chat, timer, sender);
        chat = next ?? chat;
        return next !== undefined;
      },
      setProfile: (profile) => {
        if (profile.version > (contacts.get(sender).profile?.version ?? 0))
          contacts.change(sender, (contact) => ({ ...contact, profile }));
      },
    });
    if (!understood) return this.#addNotUnderstood(chat, id, sender);
    store.received.noteSignal(chat.number, id);
    return chat;
  }

  #addNotUnderstood(chat: StoredChat, id: MessageId, sender: Username): StoredChat {
    const { chats } = this.#context;
    const body = { kind: "not-understood" } as const;
    return chats.append(chat, { id, author: sender, at: Date.now(), body }).chat;
  }

  #chatOf(conversation: ConversationId): StoredChat | undefined {
    const { chats, conversations } = this.#context.store;
    const number = conversations.chatOf(conversation);
    if (number !== undefined) return chats.withNumber(number);
    // Its Welcome is in the lane, just before it.
    for (const chat of chats.all()) if (chat.group.pending === conversation) return chat;
    return undefined;
  }
}

/** @returns the entries that were in the list, and are no longer */
function takeOut<Item>(list: Item[], unwanted: (item: Item) => boolean): readonly Item[] {
  return list.splice(0, list.length, ...list.filter((item) => !unwanted(item))).filter(unwanted);
}
