/**
 * What the server delivers, about conversations: one piece after the other in each person's lane. A delivery is
 * confirmed once what it changed is on disk; then the server forgets it. What has no meaning (any more) is
 * confirmed too, or it would come for ever.
 */
import type {
  AcceptDelivered,
  Client,
  Delivered,
  EstablishmentDelivered,
  RequestDelivered,
} from "../../protocol/client/client.ts";
import { Conversation, inspectKeyPackage, type KeyCheck } from "../../protocol/e2ee/conversation.ts";
import { ParleyError } from "../../protocol/errors.ts";
import type { Username } from "../../protocol/names.ts";
import { judgeKey, pinKey } from "./contact.ts";
import { type Context, peerOf } from "./context.ts";
import type { Delivery } from "./delivery.ts";
import type { IncomingMessages } from "./incoming-messages.ts";
import { Intake } from "./intake.ts";
import type { Peer } from "./store/peers.ts";
import type { Talk } from "./talk.ts";

interface InboxParts {
  readonly context: Context;
  readonly delivery: Delivery;
  readonly talk: Talk;
  readonly messages: IncomingMessages;
  /** Somebody wants to talk, and waits for the user's answer. */
  readonly onRequest: (peer: Peer) => void;
}

export class Inbox {
  readonly #parts: InboxParts;
  readonly #context: Context;

  constructor(parts: InboxParts) {
    this.#parts = parts;
    this.#context = parts.context;
  }

  listen(client: Client): void {
    let intake = new Intake(() => client.hangUp());
    client.on("state", ({ type }) => {
      if (type === "online") return;
      intake.lineGone();
      intake = new Intake(() => client.hangUp());
    });
    const take = (delivered: Delivered, work: () => Promise<void> | void) =>
      this.#take(intake, delivered, work);
    client.on("request", (delivered) => take(delivered, () => this.#request(delivered)));
    client.on("accept", (delivered) => take(delivered, () => this.#accept(delivered)));
    client.on("establishment", (delivered) => take(delivered, () => this.#establishment(delivered)));
    client.on("refuse", (delivered) => take(delivered, () => this.#ended(delivered, "refused")));
    client.on("notify", (delivered) => take(delivered, () => this.#ended(delivered, "closed")));
    client.on("message", (delivered) => this.#parts.messages.take(delivered, intake));
    client.on("forged", ({ error }) => this.#context.log.warn(`A forged request was dropped: ${error.code}`));
  }

  #take(intake: Intake, delivered: Delivered, work: () => Promise<void> | void): void {
    const { lanes, log, store } = this.#context;
    lanes
      .run(delivered.peer, async () => {
        if (!store.isOpen || !intake.counts) return;
        // The server keeps them away; should it not, or not yet, this does.
        if (store.peers.get(delivered.peer)?.contact.blocked !== true) await work();
        delivered.confirm();
      })
      .catch((error: unknown) => {
        log.error(`A delivery stays unconfirmed: ${String(error)}`);
        intake.failed(error);
      });
  }

  async #request({ peer: name, conversation, identityKey }: RequestDelivered): Promise<void> {
    const { store, chats, me } = this.#context;
    if (name === me().name) return;
    const before = store.peers.get(name)?.chat.phase;
    const after = store.transaction(() => {
      const peer = store.peers.ensure(name);
      // A request counts once: a server could play an old one again, signature and all.
      if (store.messages.hasReceived(peer.id, conversation)) return undefined;
      if (judgeKey(peer.contact, identityKey) === "changed")
        return chats.stopForChangedKey(peer, identityKey);
      const asked = chats.apply(peer, { type: "asked", conversation }, { askedBy: identityKey });
      const known = conversation === peer.chat.pending || conversation === peer.chat.current;
      if (asked !== undefined || known) store.messages.noteReceived(peer.id, conversation);
      return asked;
    });
    if (after?.chat.phase !== "invited") return;
    // Both asked at once: both want to talk.
    if (before === "requested") await this.#parts.talk.acceptInLane(name);
    else this.#parts.onRequest(after);
  }

  /** The requester's side: makes the conversation. */
  async #accept({ peer: name, conversation: id, keyPackage }: AcceptDelivered): Promise<void> {
    const { store, chats, conversations, me } = this.#context;
    const peer = store.peers.get(name);
    if (peer?.chat.phase !== "requested" || peer.chat.pending !== id) return;
    await this.#agree(peer, id, async () => {
      const { identityKey } = await inspectKeyPackage(keyPackage);
      if (judgeKey(peer.contact, identityKey) === "changed") return identityKey;
      const options = { id, peer: name, name: me().name, identity: me().identity, keyPackage };
      const { conversation, welcome } = await Conversation.create({
        ...options,
        check: only(name, identityKey),
      });
      store.transaction(() => {
        const fresh = peerOf(store, name);
        conversations.replace(peer.id, conversation);
        chats.apply(
          { ...fresh, contact: pinKey(fresh.contact, identityKey) },
          { type: "agreed", conversation: id },
        );
        store.outbox.add(peer.id, id, { verb: "establish", welcome });
      });
      return undefined;
    });
  }

  /** The accepting side: joins the conversation. */
  async #establishment({ peer: name, conversation: id, welcome }: EstablishmentDelivered): Promise<void> {
    const { store, chats, conversations, me } = this.#context;
    const peer = store.peers.get(name);
    if (peer?.chat.phase !== "establishing" || peer.chat.pending !== id) return;
    const { joining } = peer.chat;
    await this.#agree(peer, id, async () => {
      if (joining === undefined) throw new Error("Accepted without a KeyPackage");
      let shown: Uint8Array | undefined;
      const check: KeyCheck = (member, key) => {
        if (member !== name) return false;
        shown = key;
        return judgeKey(peer.contact, key) !== "changed";
      };
      const options = { id, peer: name, name: me().name, identity: me().identity, joining, welcome, check };
      const joined = await Conversation.join(options).catch((error: unknown) => {
        if (error instanceof ParleyError && error.code === "identity-changed") return undefined;
        throw error;
      });
      if (joined === undefined) return shown;
      const { identityKey } = joined.peer;
      store.transaction(() => {
        const fresh = peerOf(store, name);
        conversations.replace(peer.id, joined);
        chats.apply(
          { ...fresh, contact: pinKey(fresh.contact, identityKey) },
          { type: "agreed", conversation: id },
        );
      });
      return undefined;
    });
  }

  /**
   * Runs one side's part of the key agreement and settles how it failed: the peer is told that nothing comes of it.
   * @param work returns another key than the pinned one, if that is what the other side showed
   */
  async #agree(
    peer: Peer,
    conversation: Delivered["conversation"],
    work: () => Promise<Uint8Array | undefined>,
  ): Promise<void> {
    const { store, chats, log } = this.#context;
    let changed: Uint8Array | undefined;
    let failure: ParleyError | undefined;
    try {
      changed = await work();
    } catch (error) {
      if (!(error instanceof ParleyError)) throw error;
      failure = error;
      log.warn(`No conversation came about: ${error.code}`);
    }
    if (changed !== undefined || failure !== undefined) {
      store.transaction(() => {
        const fresh = peerOf(store, peer.name);
        if (changed !== undefined) chats.stopForChangedKey(fresh, changed);
        else chats.apply(fresh, { type: "failed", conversation });
        store.outbox.add(peer.id, conversation, { verb: "notify", reason: "closed" });
      });
    }
    this.#parts.delivery.wake(peer.id);
    this.#parts.messages.receiptsDue(peerOf(store, peer.name));
    await this.#parts.messages.announceTimer(peer.name);
  }

  #ended({ peer: name, conversation }: Delivered, type: "refused" | "closed"): void {
    const { store, chats } = this.#context;
    store.transaction(() => {
      const peer = store.peers.get(name);
      if (peer !== undefined) chats.apply(peer, { type, conversation });
    });
  }
}

/** For a conversation that is being made: this person with this key, which is pinned in the same transaction. */
function only(name: Username, key: Uint8Array): KeyCheck {
  return (member, candidate) => member === name && Buffer.compare(candidate, key) === 0;
}
