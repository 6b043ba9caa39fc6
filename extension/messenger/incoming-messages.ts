/**
 * Sealed messages that arrive. All that came for one person while the last ones were being written are opened in
 * order and written in one transaction, with the MLS state after the last of them; then they are confirmed.
 */
import type { MessageDelivered } from "../../protocol/client/client.ts";
import type { Conversation, Opened } from "../../protocol/e2ee/conversation.ts";
import { ParleyError } from "../../protocol/errors.ts";
import type { ConversationId, MessageId, Username } from "../../protocol/names.ts";
import { dueFromNow } from "./chats.ts";
import { type Context, peerOf } from "./context.ts";
import type { Intake } from "./intake.ts";
import type { Outgoing } from "./outgoing.ts";
import type { SelfUpdates } from "./self-updates.ts";
import type { Peer } from "./store/peers.ts";

/** Bounds how long one transaction keeps the window's other work waiting: some tens of milliseconds. */
const MAX_BATCH = 32;

interface Waiting {
  readonly delivered: MessageDelivered;
  readonly intake: Intake;
}

/** What a delivery turned out to be. */
interface Arrival {
  readonly id: MessageId;
  /** undefined: it does not open */
  readonly opened: Opened | undefined;
}

export class IncomingMessages {
  readonly #context: Context;
  readonly #outgoing: Outgoing;
  readonly #updates: SelfUpdates;
  readonly #waiting = new Map<Username, Waiting[]>();

  constructor(context: Context, outgoing: Outgoing, updates: SelfUpdates) {
    this.#context = context;
    this.#outgoing = outgoing;
    this.#updates = updates;
  }

  take(delivered: MessageDelivered, intake: Intake): void {
    const peer = this.#peerOf(delivered.conversation);
    if (peer === undefined) {
      // Of a conversation that another has replaced, or that was dropped with an old key: nobody can open it any more.
      this.#context.log.warn("A message came for a conversation that is no more");
      delivered.confirm();
      return;
    }
    const waiting = this.#waiting.get(peer.name);
    if (waiting !== undefined) {
      waiting.push({ delivered, intake });
      return;
    }
    this.#waiting.set(peer.name, [{ delivered, intake }]);
    this.#schedule(peer.name);
  }

  receiptsDue(peer: Peer): void {
    this.#outgoing.receiptsDue(peer);
  }

  /** In the person's lane. */
  announceTimer(name: Username): Promise<void> {
    return this.#outgoing.announceTimer(name);
  }

  #schedule(name: Username): void {
    void this.#context.lanes.run(name, () => this.#takeBatch(name));
  }

  async #takeBatch(name: Username): Promise<void> {
    const waiting = this.#waiting.get(name) ?? [];
    const batch = waiting.splice(0, MAX_BATCH).filter(({ intake }) => intake.counts);
    if (waiting.length > 0) this.#schedule(name);
    else this.#waiting.delete(name);
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
    for (const delivered of batch) {
      if (arrivals.has(delivered.id) || store.messages.hasReceived(peerId, delivered.id)) continue;
      arrivals.set(delivered.id, await this.#open(delivered, peerId, name, states));
    }
    store.transaction(() => {
      let peer = peerOf(store, name);
      for (const state of states.values()) conversations.put(peerId, state);
      for (const arrival of arrivals.values()) peer = this.#write(peer, arrival);
    });
    for (const delivered of batch) delivered.confirm();
    if (arrivals.size === 0) return;
    this.#outgoing.receiptsDue(peerOf(store, name));
    this.#updates.lookAt(name);
  }

  /** @param states of the conversations that this batch has advanced */
  async #open(
    { conversation: conversationId, id, sealed }: MessageDelivered,
    peerId: number,
    name: Username,
    states: Map<ConversationId, Conversation>,
  ): Promise<Arrival> {
    const { store, conversations, log } = this.#context;
    const conversation = states.get(conversationId) ?? conversations.get(conversationId);
    try {
      // An id of our own: the server plays our message back to us.
      if (conversation === undefined || store.messages.find(peerId, id) !== undefined)
        return { id, opened: undefined };
      const opened = await conversation.open(id, sealed);
      states.set(conversationId, opened.next);
      return { id, opened: opened.sender === name ? opened : undefined };
    } catch (error) {
      // Whatever it was, coming again would not mend it.
      log.warn(`A message does not open: ${error instanceof ParleyError ? error.code : String(error)}`);
      return { id, opened: undefined };
    }
  }

  /** Inside the batch's transaction. */
  #write(before: Peer, { id, opened }: Arrival): Peer {
    const { store, chats } = this.#context;
    store.messages.noteReceived(before.id, id);
    if (opened === undefined) return chats.addEvent(before, "undecryptable");
    const { content, order } = opened;
    if (content === undefined) return before; // the peer's self-update: the conversation's next state is all of it
    let peer = before;
    // A receipt too can show that a message is missing. That the receipt itself comes late matters to nobody.
    if (order.type === "ahead") peer = chats.addEvent(peer, "missing");
    if (order.type === "late" && content.kind !== "receipt") peer = chats.addEvent(peer, "late");
    const expiry =
      "expirySeconds" in content && content.expirySeconds !== undefined
        ? dueFromNow(content.expirySeconds)
        : undefined;
    switch (content.kind) {
      case "text": {
        const body = { kind: "text", text: content.text } as const;
        return chats.add(peer, { id, origin: "theirs", at: content.sentAt, body, expiry }, "delivered").peer;
      }
      case "unknown": {
        const body = { kind: "unknown", type: content.type, fallback: content.fallback } as const;
        return chats.add(peer, { id, origin: "theirs", at: content.sentAt, body, expiry }, "delivered").peer;
      }
      case "receipt":
        for (const receipted of content.ids) chats.note(peer, receipted, content.state);
        return peer;
      case "timer":
        return chats.setTimer(peer, { seconds: content.seconds, version: content.version }, "peer");
    }
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
