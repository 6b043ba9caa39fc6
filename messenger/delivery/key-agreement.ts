/**
 * Makes the conversation that both sides of a request want: the requester creates it from the other side's key package, the accepting
 * side joins it by the Welcome.
 */
import type { AcceptDelivered, Delivered, EstablishmentDelivered } from "../../protocol/client/client.ts";
import { Conversation, inspectKeyPackage, type KeyCheck } from "../../protocol/e2ee/conversation.ts";
import { ParleyError } from "../../protocol/errors.ts";
import type { Username } from "../../protocol/names.ts";
import { directChat, partnerOf } from "../chats/direct.ts";
import { beginChat } from "../chats/new-chat.ts";
import { judgeKey, pinKey } from "../contacts/contact.ts";
import type { Notes } from "../contacts/notes.ts";
import { type Context, chatOf } from "../context.ts";
import type { Renewal } from "../groups/renewal.ts";
import type { ChatId, NewChatDefaults } from "../model.ts";
import type { StoredChat } from "../store/chats.ts";
import type { Outgoing } from "./outgoing.ts";

interface AgreementParts {
  readonly context: Context;
  readonly renewal: Renewal;
  readonly outgoing: Outgoing;
  readonly notes: Notes;
  readonly newChats: () => NewChatDefaults;
}

export class KeyAgreement {
  readonly #parts: AgreementParts;
  readonly #context: Context;

  constructor(parts: AgreementParts) {
    this.#parts = parts;
    this.#context = parts.context;
  }

  /** Makes the conversation, on the requester's side. */
  async accepted({ peer: name, conversation: id, keyPackage }: AcceptDelivered): Promise<void> {
    const { store, contacts, conversations, me } = this.#context;
    const chat = store.chats.get(directChat(name));
    if (chat?.group.pending !== id) return this.#rejectUnrequested(name, id);
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
  async established({ peer: name, conversation: id, welcome }: EstablishmentDelivered): Promise<void> {
    const { store, contacts, conversations, me } = this.#context;
    const chat = store.chats.get(directChat(name));
    if (chat?.group.pending !== id) return this.#rejectUnrequested(name, id);
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
    await this.#parts.outgoing.sendBacklog(id);
    this.#parts.outgoing.receiptsDue(id);
    await this.#parts.outgoing.announceTimer(id);
    await this.#parts.outgoing.announceProfile(id);
    if (chatOf(store, id).phase === "open") this.#parts.notes.fetchKey(partnerOf(id));
  }

  #rejectUnrequested(name: Username, conversation: Delivered["conversation"]): void {
    const { store } = this.#context;
    const chat = directChat(name);
    store.transaction(() => this.#parts.renewal.rejectUnrequested(store.chats.ensure(chat), conversation));
  }
}

/** Accepts this person with this key only, which is pinned in the same transaction: for a conversation that is being made. */
function only(name: Username, key: Uint8Array): KeyCheck {
  return (member, candidate) => member === name && Buffer.compare(candidate, key) === 0;
}
