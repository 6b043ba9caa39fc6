/**
 * Handles deliveries about conversations between two people: one after the other in the lane of their chat. A delivery is
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
import { membersOf } from "../chats/chat-id.ts";
import { directChat, partnerOf } from "../chats/direct.ts";
import { beginChat } from "../chats/new-chat.ts";
import { judgeKey, pinKey, trustOf } from "../contacts/contact.ts";
import type { InvitePasses } from "../contacts/invite-passes.ts";
import { lookAlike } from "../contacts/look-alike.ts";
import type { Notes } from "../contacts/notes.ts";
import type { Talk } from "../contacts/talk.ts";
import { type Context, chatOf } from "../context.ts";
import type { Renewal } from "../groups/renewal.ts";
import { eventBody } from "../kinds/event.ts";
import type { ChatId, NewChatDefaults, RequestNote } from "../model.ts";
import type { StoredChat } from "../store/chats.ts";
import type { IncomingMessages } from "./incoming-messages.ts";
import { Intake } from "./intake.ts";

interface InboxParts {
  readonly context: Context;
  readonly talk: Talk;
  readonly renewal: Renewal;
  readonly messages: IncomingMessages;
  readonly notes: Notes;
  readonly passes: InvitePasses;
  /** Whether the setting accepts people with an invite made here. */
  readonly acceptInvited: () => boolean;
  readonly newChats: () => NewChatDefaults;
  /** Somebody wants to talk, and waits for the user's answer. */
  readonly onRequest: (chat: ChatId) => void;
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
      if (!this.#isKnown(delivered.peer)) this.#parts.messages.takeStray(delivered);
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
      if (forAnotherKey && !this.#context.contacts.isBlocked(peer))
        this.#context.server
          .ask("refuseForged", peer, conversation)
          .catch((failure: unknown) => this.#context.log.debug(String(failure)));
    });
  }

  #take(intake: Intake, delivered: Delivered, work: () => Promise<void> | void): void {
    const { log, store, contacts } = this.#context;
    this.#parts.messages
      .takeBetween(delivered.peer, intake, async () => {
        if (!store.isOpen || !intake.counts) return;
        // The server keeps them away; should it not, or not yet, this does.
        if (!contacts.isBlocked(delivered.peer)) await work();
        delivered.confirm();
      })
      .catch((error: unknown) => {
        log.error(`A delivery stays unconfirmed: ${String(error)}`);
        intake.failed(error);
      });
  }

  /** Whether there is anything here of that person. */
  #isKnown(name: Username): boolean {
    const { store } = this.#context;
    return store.chats.get(directChat(name)) !== undefined || store.contacts.get(name) !== undefined;
  }

  async #request(delivered: RequestDelivered): Promise<void> {
    const { peer: name, conversation, identityKey } = delivered;
    const { store, contacts, direct, me } = this.#context;
    if (name === me().name) return;
    const id = directChat(name);
    const known = store.chats.get(id);
    // A request counts once: a server could play an old one again, signature and all.
    if (known !== undefined && store.received.has(known.number, conversation)) {
      store.transaction(() => this.#parts.renewal.askedBefore(chatOf(store, id), conversation));
      return;
    }
    const { note, passProof } = await this.#parts.notes.open(delivered);
    let invited = false;
    const before = store.chats.get(id)?.phase;
    const after = store.transaction(() => {
      const chat = store.chats.ensure(id);
      if (judgeKey(contacts.get(name), identityKey) === "changed")
        return direct.stopForChangedKey(chat, identityKey);
      // The pass is spent in any case: it has shown whose invite that was.
      if (passProof !== undefined) invited = this.#parts.passes.redeem(passProof, identityKey);
      const asked = this.#parts.renewal.mayAnswer(chat, identityKey)
        ? this.#parts.renewal.asked(chat, conversation)
        : direct.apply(chat, { type: "asked", conversation }, { askedBy: identityKey, note });
      const isOurs = conversation === chat.group.pending || conversation === chat.group.current;
      if (asked !== undefined || isOurs) store.received.note(chat.number, conversation, "never");
      if (asked === undefined && isOurs) this.#noteOfAccepted(chat, identityKey, note);
      return asked;
    });
    const anew = after?.phase === "open" && after.group.pending === conversation;
    if (after === undefined || (after.phase !== "invited" && !anew)) return;
    // Both asked at once, or talk already: both want to.
    if (before === "requested" || anew) await this.#parts.talk.acceptInLane(id);
    else if (invited && this.#letsIn(name)) await this.#letIn(name);
    else this.#parts.onRequest(id);
  }

  /** Whether the setting accepts that person. Not where the name looks like somebody else's: then the user is to look. */
  #letsIn(name: Username): boolean {
    const { store, contacts } = this.#context;
    const names = [...contacts.all()].map(([one]) => one);
    const talkedWith = [...store.chats.all()].flatMap(({ id }) => membersOf(id));
    const known = [...new Set([...names, ...talkedWith])].map((one) => ({
      name: one,
      trust: trustOf(contacts.get(one)),
    }));
    return this.#parts.acceptInvited() && lookAlike(name, known) === undefined;
  }

  async #letIn(name: Username): Promise<void> {
    const { store, chats } = this.#context;
    const id = directChat(name);
    await this.#parts.talk.acceptInLane(id);
    store.transaction(() => chats.addEvent(chatOf(store, id), eventBody("came-by-my-invite", name)));
  }

  /**
   * Adds the note of a request that was accepted by its id: both asked at once, and the server's answer came before their request.
   * Inside a transaction.
   * @param identityKey their pinned one, or the first that was seen
   */
  #noteOfAccepted(chat: StoredChat, identityKey: Uint8Array, note: RequestNote | undefined): void {
    const { contacts, direct } = this.#context;
    if (note?.kind !== "text" || (chat.phase !== "establishing" && chat.phase !== "open")) return;
    contacts.change(partnerOf(chat.id), (contact) => pinKey(contact, identityKey));
    direct.addNote(chat, note, "partner");
  }

  /** Makes the conversation, on the requester's side. */
  async #accept({ peer: name, conversation: id, keyPackage }: AcceptDelivered): Promise<void> {
    const { store, contacts, conversations, me } = this.#context;
    const chat = store.chats.get(directChat(name));
    if (chat?.group.pending !== id) return this.#notAsked(name, id);
    if (chat.group.joining !== undefined) return;
    if (chat.phase !== "requested" && chat.phase !== "open") return;
    await this.#agree(chat.id, id, async () => {
      const { identityKey } = await inspectKeyPackage(keyPackage);
      if (judgeKey(contacts.get(name), identityKey) === "changed") return identityKey;
      const options = { id, peer: name, name: me().name, identity: me().identity, keyPackage };
      const { conversation, welcome } = await Conversation.create({
        ...options,
        check: only(name, identityKey),
      });
      store.transaction(() => {
        conversations.replace(chat.number, conversation);
        this.#agreed(chatOf(store, chat.id), id, identityKey);
        store.outbox.add(chat.number, id, { verb: "establish", welcome });
      });
      return undefined;
    });
  }

  /** Joins the conversation, on the accepting side. */
  async #establishment({ peer: name, conversation: id, welcome }: EstablishmentDelivered): Promise<void> {
    const { store, contacts, conversations, me } = this.#context;
    const chat = store.chats.get(directChat(name));
    if (chat?.group.pending !== id) return this.#notAsked(name, id);
    if (chat.phase !== "establishing" && chat.phase !== "open") return;
    const { joining } = chat.group;
    if (joining === undefined) return;
    await this.#agree(chat.id, id, async () => {
      let shown: Uint8Array | undefined;
      const check: KeyCheck = (member, key) => {
        if (member !== name) return false;
        shown = key;
        return judgeKey(contacts.get(name), key) !== "changed";
      };
      const options = { id, peer: name, name: me().name, identity: me().identity, joining, welcome, check };
      const joined = await Conversation.join(options).catch((error: unknown) => {
        if (error instanceof ParleyError && error.code === "identity-changed") return undefined;
        throw error;
      });
      if (joined === undefined) return shown;
      const { identityKey } = joined.peer;
      store.transaction(() => {
        conversations.replace(chat.number, joined);
        this.#agreed(chatOf(store, chat.id), id, identityKey);
      });
      return undefined;
    });
  }

  /** Marks the conversation as agreed, and pins the key that it was agreed with. Inside a transaction. */
  #agreed(chat: StoredChat, conversation: Delivered["conversation"], identityKey: Uint8Array): void {
    const { contacts, chats, direct } = this.#context;
    contacts.change(partnerOf(chat.id), (contact) => pinKey(contact, identityKey));
    const agreed = direct.agreed(chat, conversation);
    if (agreed?.isNew) beginChat(chats, agreed, this.#parts.newChats());
  }

  /**
   * Runs one side's part of the key agreement and settles its failure: the peer hears that nothing comes of it.
   * @param work returns another key than the pinned one, if the other side showed one
   */
  async #agree(
    id: ChatId,
    conversation: Delivered["conversation"],
    work: () => Promise<Uint8Array | undefined>,
  ): Promise<void> {
    const { store, direct, log } = this.#context;
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
        const chat = chatOf(store, id);
        if (changed !== undefined) direct.stopForChangedKey(chat, changed);
        else direct.lose(chat, { type: "failed", conversation });
        // In the place of a conversation that there was, another may be tried; of a first one nothing comes.
        const reason = changed === undefined && chat.phase === "open" ? "lost-state" : "closed";
        store.outbox.add(chat.number, conversation, { verb: "notify", reason });
      });
    }
    await this.#parts.messages.sendBacklog(id);
    this.#parts.messages.receiptsDue(id);
    await this.#parts.messages.announceTimer(id);
    await this.#parts.messages.announceProfile(id);
    if (chatOf(store, id).phase === "open") this.#parts.notes.met(partnerOf(id));
  }

  #notAsked(name: Username, conversation: Delivered["conversation"]): void {
    const { store } = this.#context;
    const chat = directChat(name);
    store.transaction(() => this.#parts.renewal.notAsked(store.chats.ensure(chat), conversation));
  }

  #refused(delivered: Delivered): void {
    const { log, store } = this.#context;
    const { peer, conversation } = delivered;
    const refused = () => {
      if (store.isOpen) this.#ended(delivered, "refused");
    };
    if (!this.#isKnown(peer) || !this.#parts.talk.mayHaveMissed(peer, conversation)) {
      refused();
      return;
    }
    this.#parts.talk
      .askAgainIfMissed(peer, refused)
      .catch((error: unknown) => log.info(`A request did not go again: ${String(error)}`));
  }

  #notified(delivered: EndDelivered): void {
    const { store, direct } = this.#context;
    const { reason, conversation } = delivered;
    const chat = store.chats.get(directChat(delivered.peer));
    if (chat === undefined) return;
    switch (reason) {
      case "closed":
        this.#ended(delivered, "closed");
        return;
      case "lost-state":
        store.transaction(() => this.#parts.renewal.told(chat, conversation));
        return;
      case "gave-way":
        // Between people who talk, the server has forgotten that they do.
        if (chat.phase === "open")
          store.transaction(() => direct.lose(chat, { type: "failed", conversation }));
        else this.#ended(delivered, "gave-way");
        return;
    }
  }

  #ended({ peer: name, conversation }: Delivered, type: "refused" | "closed" | "gave-way"): void {
    const { store, direct } = this.#context;
    store.transaction(() => {
      const chat = store.chats.get(directChat(name));
      if (chat !== undefined) direct.apply(chat, { type, conversation });
    });
  }
}

/** Accepts this person with this key only, which is pinned in the same transaction: for a conversation that is being made. */
function only(name: Username, key: Uint8Array): KeyCheck {
  return (member, candidate) => member === name && Buffer.compare(candidate, key) === 0;
}
