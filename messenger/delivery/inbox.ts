/**
 * Handles deliveries about conversations: one after the other in each person's lane. A delivery is
 * confirmed once its effect is on disk; then the server forgets it. One that has no meaning (any more) is
 * confirmed too, or it would come for ever.
 */
import type {
  AcceptDelivered,
  Client,
  Delivered,
  EndDelivered,
  EstablishmentDelivered,
  RequestDelivered,
} from "../../protocol/client/client.ts";
import { Conversation, inspectKeyPackage, type KeyCheck } from "../../protocol/e2ee/conversation.ts";
import { ParleyError } from "../../protocol/errors.ts";
import type { Username } from "../../protocol/names.ts";
import { beginChat } from "../chats/new-chat.ts";
import { judgeKey, pinKey, trustOf } from "../contacts/contact.ts";
import type { InvitePasses } from "../contacts/invite-passes.ts";
import { lookAlike } from "../contacts/look-alike.ts";
import type { Notes } from "../contacts/notes.ts";
import type { Talk } from "../contacts/talk.ts";
import { type Context, peerOf } from "../context.ts";
import type { Renewal } from "../groups/renewal.ts";
import type { NewChatDefaults, RequestNote } from "../model.ts";
import type { Peer } from "../store/peers.ts";
import type { Delivery } from "./delivery.ts";
import type { IncomingMessages } from "./incoming-messages.ts";
import { Intake } from "./intake.ts";

interface InboxParts {
  readonly context: Context;
  readonly delivery: Delivery;
  readonly talk: Talk;
  readonly renewal: Renewal;
  readonly messages: IncomingMessages;
  readonly notes: Notes;
  readonly passes: InvitePasses;
  /** Whether the setting accepts people with an invite made here. */
  readonly acceptInvited: () => boolean;
  readonly newChats: () => NewChatDefaults;
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
    const takeAnswer = (delivered: Delivered, work: () => Promise<void>) => {
      if (this.#context.store.peers.get(delivered.peer) === undefined)
        this.#parts.messages.takeStray(delivered);
      else take(delivered, work);
    };
    client.on("accept", (delivered) => takeAnswer(delivered, () => this.#accept(delivered)));
    client.on("establishment", (delivered) => takeAnswer(delivered, () => this.#establishment(delivered)));
    client.on("refuse", (delivered) => take(delivered, () => this.#refused(delivered)));
    client.on("notify", (delivered) => take(delivered, () => this.#notified(delivered)));
    client.on("message", (delivered) => this.#parts.messages.take(delivered, intake));
    client.on("forged", ({ peer, conversation, error, forAnotherKey }) => {
      this.#context.log.warn(`A forged request was dropped: ${error.code}`);
      // The requester hears the reason, and asks again by the key that we have now.
      if (forAnotherKey && this.#context.store.peers.get(peer)?.contact.blocked !== true)
        client
          .refuse(peer, conversation)
          .catch((failure: unknown) => this.#context.log.debug(String(failure)));
    });
  }

  #take(intake: Intake, delivered: Delivered, work: () => Promise<void> | void): void {
    const { log, store } = this.#context;
    this.#parts.messages
      .takeBetween(delivered.peer, intake, async () => {
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

  async #request(delivered: RequestDelivered): Promise<void> {
    const { peer: name, conversation, identityKey } = delivered;
    const { store, chats, me } = this.#context;
    if (name === me().name) return;
    const known = store.peers.get(name);
    // A request counts once: a server could play an old one again, signature and all.
    if (known !== undefined && store.messages.hasReceived(known.id, conversation)) {
      store.transaction(() => this.#parts.renewal.askedBefore(peerOf(store, name), conversation));
      return;
    }
    const { note, passProof } = await this.#parts.notes.open(delivered);
    let invited = false;
    const before = store.peers.get(name)?.chat.phase;
    const after = store.transaction(() => {
      const peer = store.peers.ensure(name);
      if (judgeKey(peer.contact, identityKey) === "changed")
        return chats.stopForChangedKey(peer, identityKey);
      // The pass is spent in any case: it has shown whose invite that was.
      if (passProof !== undefined) invited = this.#parts.passes.redeem(passProof, identityKey);
      const asked = this.#parts.renewal.mayAnswer(peer, identityKey)
        ? this.#parts.renewal.asked(peer, conversation)
        : chats.apply(peer, { type: "asked", conversation }, { askedBy: identityKey, note });
      const isOurs = conversation === peer.chat.pending || conversation === peer.chat.current;
      if (asked !== undefined || isOurs) store.messages.noteReceived(peer.id, conversation);
      if (asked === undefined && isOurs) this.#noteOfAccepted(peer, identityKey, note);
      return asked;
    });
    const anew = after?.chat.phase === "open" && after.chat.pending === conversation;
    if (after === undefined || (after.chat.phase !== "invited" && !anew)) return;
    // Both asked at once, or talk already: both want to.
    if (before === "requested" || anew) await this.#parts.talk.acceptInLane(name);
    else if (invited && this.#letsIn(name)) await this.#letIn(name);
    else this.#parts.onRequest(after);
  }

  /** Whether the setting accepts that person. Not where the name looks like somebody else's: then the user is to look. */
  #letsIn(name: Username): boolean {
    const known = [...this.#context.store.peers.all()].map((one) => ({
      name: one.name,
      trust: trustOf(one.contact),
    }));
    return this.#parts.acceptInvited() && lookAlike(name, known) === undefined;
  }

  async #letIn(name: Username): Promise<void> {
    const { store, chats } = this.#context;
    await this.#parts.talk.acceptInLane(name);
    store.transaction(() => chats.addEvent(peerOf(store, name), "came-by-my-invite"));
  }

  /**
   * Adds the note of a request that was accepted by its id: both asked at once, and the server's answer came before their request.
   * Inside a transaction.
   * @param identityKey their pinned one, or the first that was seen
   */
  #noteOfAccepted(peer: Peer, identityKey: Uint8Array, note: RequestNote | undefined): void {
    const { phase } = peer.chat;
    if (note?.kind !== "text" || (phase !== "establishing" && phase !== "open")) return;
    const pinned = { ...peer, contact: pinKey(peer.contact, identityKey) };
    this.#context.chats.addNote(pinned, note, "theirs");
  }

  /** Makes the conversation, on the requester's side. */
  async #accept({ peer: name, conversation: id, keyPackage }: AcceptDelivered): Promise<void> {
    const { store, conversations, me } = this.#context;
    const peer = store.peers.get(name);
    if (peer?.chat.pending !== id) return this.#notAsked(name, id);
    if (peer.chat.joining !== undefined) return;
    if (peer.chat.phase !== "requested" && peer.chat.phase !== "open") return;
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
        this.#agreed({ ...fresh, contact: pinKey(fresh.contact, identityKey) }, id);
        store.outbox.add(peer.id, id, { verb: "establish", welcome });
      });
      return undefined;
    });
  }

  /** Joins the conversation, on the accepting side. */
  async #establishment({ peer: name, conversation: id, welcome }: EstablishmentDelivered): Promise<void> {
    const { store, conversations, me } = this.#context;
    const peer = store.peers.get(name);
    if (peer?.chat.pending !== id) return this.#notAsked(name, id);
    if (peer.chat.phase !== "establishing" && peer.chat.phase !== "open") return;
    const { joining } = peer.chat;
    if (joining === undefined) return;
    await this.#agree(peer, id, async () => {
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
        this.#agreed({ ...fresh, contact: pinKey(fresh.contact, identityKey) }, id);
      });
      return undefined;
    });
  }

  /** Marks the conversation as agreed. Inside a transaction. */
  #agreed(peer: Peer, conversation: Delivered["conversation"]): void {
    const { chats } = this.#context;
    const agreed = chats.agreed(peer, conversation);
    if (agreed?.chat.isNew) beginChat(chats, agreed, this.#parts.newChats());
  }

  /**
   * Runs one side's part of the key agreement and settles its failure: the peer hears that nothing comes of it.
   * @param work returns another key than the pinned one, if the other side showed one
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
        else this.#parts.renewal.failed(fresh, conversation);
        // In the place of a conversation that there was, another may be tried; of a first one nothing comes.
        const reason = changed === undefined && fresh.chat.phase === "open" ? "lost-state" : "closed";
        store.outbox.add(peer.id, conversation, { verb: "notify", reason });
      });
    }
    this.#parts.delivery.wake(peer.id);
    await this.#parts.messages.sendBacklog(peer.name);
    this.#parts.messages.receiptsDue(peerOf(store, peer.name));
    await this.#parts.messages.announceTimer(peer.name);
    if (peerOf(store, peer.name).chat.phase === "open") this.#parts.notes.met(peer.name);
  }

  #notAsked(name: Username, conversation: Delivered["conversation"]): void {
    const { store } = this.#context;
    store.transaction(() => this.#parts.renewal.notAsked(peerOf(store, name), conversation));
  }

  #refused(delivered: Delivered): void {
    const { log, store } = this.#context;
    const { peer, conversation } = delivered;
    const refused = () => {
      if (store.isOpen) this.#ended(delivered, "refused");
    };
    if (store.peers.get(peer) === undefined || !this.#parts.talk.mayHaveMissed(peer, conversation)) {
      refused();
      return;
    }
    this.#parts.talk
      .askAgainIfMissed(peer, refused)
      .catch((error: unknown) => log.info(`A request did not go again: ${String(error)}`));
  }

  #notified(delivered: EndDelivered): void {
    const { store } = this.#context;
    const { reason, conversation } = delivered;
    const peer = store.peers.get(delivered.peer);
    if (peer === undefined) return;
    switch (reason) {
      case "closed":
        this.#ended(delivered, "closed");
        return;
      case "lost-state":
        store.transaction(() => this.#parts.renewal.told(peer, conversation));
        return;
      case "gave-way":
        // Between people who talk, the server has forgotten that they do.
        if (peer.chat.phase === "open")
          store.transaction(() => this.#parts.renewal.failed(peer, conversation));
        else this.#ended(delivered, "gave-way");
        return;
    }
  }

  #ended({ peer: name, conversation }: Delivered, type: "refused" | "closed" | "gave-way"): void {
    const { store, chats } = this.#context;
    store.transaction(() => {
      const peer = store.peers.get(name);
      if (peer !== undefined) chats.apply(peer, { type, conversation });
    });
  }
}

/** Accepts this person with this key only, which is pinned in the same transaction: for a conversation that is being made. */
function only(name: Username, key: Uint8Array): KeyCheck {
  return (member, candidate) => member === name && Buffer.compare(candidate, key) === 0;
}
