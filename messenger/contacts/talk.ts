/** The user's decisions about talking with somebody: request, accept, refuse, close, and trust in a changed key. */
import { prepareToJoin } from "../../protocol/e2ee/conversation.ts";
import { noteMessageId } from "../../protocol/e2ee/note.ts";
import { RefusedError, TrustError, UsageError } from "../../protocol/errors.ts";
import { type ConversationId, newConversationId, type Username } from "../../protocol/names.ts";
import type { Params } from "../calls.ts";
import { directChat, partnerOf } from "../chats/direct.ts";
import { type Context, chatOf } from "../context.ts";
import type { Delivery } from "../delivery/delivery.ts";
import type { ChatId, Shown } from "../model.ts";
import { assertShown, shownKeyChange, shownRequest, shownStanding } from "../shown.ts";
import type { StoredChat } from "../store/chats.ts";
import {
  acceptChangedKey,
  type Contact,
  judgeKey,
  keepPinnedKey,
  knownKey,
  markVerified,
  pinKey,
} from "./contact.ts";
import type { InvitePasses } from "./invite-passes.ts";
import type { Notes } from "./notes.ts";

/** @returns whether that person's request waits for us. @throws UsageError "blocked"; TrustError "identity-changed" */
function hasAsked(name: Username, contact: Contact, chat: StoredChat | undefined): boolean {
  if (contact.blocked) throw new UsageError("blocked", `${name} is blocked`);
  if (chat?.phase === "key-changed")
    throw new TrustError("identity-changed", `The key of ${name} has changed`);
  return chat?.phase === "invited";
}

/** For so long after it was made a refusal may be of another key than the one it names: rounds of presence are a second or some apart. */
const MISSED_WITHIN_MS = 60_000;

/** Our last request to somebody who was shown online. */
interface Asked {
  readonly conversation: ConversationId;
  /** Which the server showed, and which it names. */
  readonly key: Uint8Array;
  readonly at: number;
}

export class Talk {
  readonly #context: Context;
  readonly #delivery: Delivery;
  readonly #notes: Notes;
  readonly #passes: InvitePasses;
  readonly #asked = new Map<Username, Asked>();

  constructor(context: Context, delivery: Delivery, notes: Notes, passes: InvitePasses) {
    this.#context = context;
    this.#delivery = delivery;
    this.#notes = notes;
    this.#passes = passes;
  }

  /**
   * Sends RTT. Accepts instead where that person has asked already.
   * @throws RefusedError "user-not-found", "already-asked", "self", ...; UsageError "not-connected", "wrong-state",
   * "note-unsealable"; TrustError "identity-changed"; NetworkError when the line went before the answer came: the
   * request may have arrived
   */
  request(terms: Params<"request">): Promise<void> {
    return this.#request(terms, (asked) => this.#asked.set(terms.peer, asked));
  }

  async #request(
    { peer: name, wait = false, note: written = "" }: Params<"request">,
    noteAsked: (asked: Asked) => void,
  ): Promise<void> {
    const note = written.trim() || undefined;
    const { contacts, lanes, me, server, store } = this.#context;
    const id = directChat(name);
    if (name === me().name) throw new RefusedError("self", "One cannot talk to oneself");
    if (server.line === undefined)
      throw new UsageError("not-connected", "A request needs a line to the server");
    const conversation = newConversationId();
    const sealed = hasAsked(name, contacts.get(name), store.chats.get(id))
      ? undefined
      : await this.#sealed(name, conversation, { wait, note });
    if (sealed !== undefined) await this.#seeKeyOfNow(name);
    const before = await lanes.run(id, () => this.#ask(name, conversation));
    if (before.type === "invited") {
      this.#keepAsDraft(name, note);
      return this.accept({ chat: id });
    }
    try {
      const terms = { wait, ...knownKey(contacts.get(name)) };
      const key = server.line?.users.get(name)?.identityKey;
      if (key !== undefined && sealed === undefined) noteAsked({ conversation, key, at: performance.now() });
      await server.ask("ask", name, conversation, {
        ...terms,
        ...(sealed !== undefined && { note: sealed }),
      });
      if (sealed !== undefined && note !== undefined) await this.#noteSent(name, sealed, note);
    } catch (error) {
      if (!store.isOpen) throw error;
      if (error instanceof RefusedError && error.code === "request-crossed") this.#keepAsDraft(name, note);
      await lanes.run(id, () => this.#notAsked(name, conversation, before.earlier, error));
    }
  }

  /**
   * Whether a refusal may be due to an outdated key. Their client refuses a request that names another key than it has, before anybody sees
   * it: the server may have shown us the key that they had until a moment ago. @returns whether that request, which was refused, may be one of these; once for each
   */
  mayHaveMissed(name: Username, conversation: ConversationId): boolean {
    const asked = this.#asked.get(name);
    if (asked?.conversation !== conversation || performance.now() - asked.at > MISSED_WITHIN_MS) return false;
    return this.#context.store.chats.get(directChat(name))?.phase === "requested";
  }

  /**
   * Asks again where the server shows another key by now; where not, they have refused. Whether that key is to be trusted is asked when
   * they answer by it, as ever. Not in the lane.
   * @param refused called where they have refused
   */
  async askAgainIfMissed(name: Username, refused: () => void): Promise<void> {
    const { log } = this.#context;
    const asked = this.#asked.get(name);
    this.#asked.delete(name);
    const shown = await this.#shownNow(name);
    if (asked === undefined || shown === undefined || Buffer.compare(asked.key, shown) === 0) {
      await this.#context.lanes.run(directChat(name), refused);
      return;
    }
    log.info("A request named an outdated key: sending it again");
    await this.#request({ peer: name }, () => {});
  }

  /** Asks the server for the key that it shows now, where it showed a changed one: a note is sealed for the present key. */
  async #seeKeyOfNow(name: Username): Promise<void> {
    const { contacts, server } = this.#context;
    const shown = server.line?.users.get(name)?.identityKey;
    if (shown === undefined || judgeKey(contacts.get(name), shown) !== "changed") return;
    await server.ask("list");
  }

  /** @returns the key that the server shows, asked just now; undefined also where the line has gone */
  async #shownNow(name: Username): Promise<Uint8Array | undefined> {
    try {
      return (await this.#context.server.ask("list")).get(name)?.identityKey;
    } catch (error) {
      this.#context.log.debug(String(error));
      return undefined;
    }
  }

  /** @returns the sealed text of the user, the proof that one came by their invite, or neither */
  async #sealed(
    to: Username,
    conversation: ConversationId,
    { wait, note }: { readonly wait: boolean; readonly note: string | undefined },
  ): Promise<Uint8Array | undefined> {
    if (note !== undefined) return this.#notes.seal({ text: note, to, conversation, wait });
    if (!this.#passes.isFrom(to)) return undefined;
    try {
      return await this.#notes.seal({ text: "", to, conversation, wait });
    } catch (error) {
      // Without the proof they are asked like anybody.
      if (error instanceof UsageError && error.code === "note-unsealable") return undefined;
      throw error;
    }
  }

  async #noteSent(name: Username, sealed: Uint8Array, text: string): Promise<void> {
    const { store, direct, lanes } = this.#context;
    const id = directChat(name);
    await lanes.run(id, () => {
      if (!store.isOpen) return;
      store.transaction(() => direct.addNote(chatOf(store, id), { id: noteMessageId(sealed), text }, "me"));
    });
  }

  /** Keeps our note as a draft: they had asked, so our own request never left, and the note is for the user to send. */
  #keepAsDraft(name: Username, note: string | undefined): void {
    const { store, chats } = this.#context;
    const id = directChat(name);
    if (note === undefined || chatOf(store, id).draft !== "") return;
    store.transaction(() => chats.change(chatOf(store, id), { draft: note }));
  }

  /**
   * @param request the one that the user saw, with its note; left out where they have asked that person themselves,
   * with any key of that person
   * @throws UsageError "request-changed", "wrong-state"; TrustError "identity-changed"; RefusedError where the server
   * knows the answer at once
   */
  async accept({ chat: id, request }: { chat: ChatId; request?: Shown<"request"> }): Promise<void> {
    const position = await this.#context.lanes.run(id, () => this.#accept(id, request));
    await this.#delivery.answer(position);
  }

  /** Sends ACCEPT without the user, for callers that are in the lane already. */
  async acceptInLane(id: ChatId): Promise<void> {
    await this.#accept(id);
  }

  /** @returns its place in the outbox */
  async #accept(id: ChatId, request?: Shown<"request">): Promise<number> {
    const { store, contacts, chats, direct, me } = this.#context;
    const name = partnerOf(id);
    const invited = chatOf(store, id);
    if ((invited.phase !== "invited" && invited.phase !== "open") || invited.group.pending === undefined)
      throw new UsageError("wrong-state", `${name} has not asked`);
    const joining = await prepareToJoin(me().name, me().identity);
    const position = store.transaction(() => {
      const chat = chatOf(store, id);
      const contact = contacts.get(name);
      if (request !== undefined) assertShown(request, shownRequest(chat, contact), "request-changed");
      const { askedBy, note, unread, firstUnread } = chat;
      const { pending } = chat.group;
      if (askedBy !== undefined && judgeKey(contact, askedBy) === "changed")
        throw new TrustError("identity-changed", `The key of ${name} is not the pinned one`);
      const accepted = direct.apply(chat, { type: "accept" }, { joining });
      if (accepted === undefined || pending === undefined)
        throw new UsageError("wrong-state", "The request is gone");
      if (askedBy !== undefined) contacts.change(name, (known) => pinKey(known, askedBy));
      if (note?.kind === "text") {
        const noted = direct.addNote(accepted, note, "partner");
        if (request !== undefined) chats.change(noted, { unread, firstUnread });
      }
      return store.outbox.add(chat.number, pending, { verb: "accept", keyPackage: joining.keyPackage });
    });
    return position;
  }

  /** Sends REFUSE. @throws UsageError "request-changed", "wrong-state" */
  refuse({ chat: id, request }: Params<"refuse">): Promise<void> {
    return this.#end(id, "refuse", (chat, contact) =>
      assertShown(request, shownRequest(chat, contact), "request-changed"),
    );
  }

  /** Sends NOTIFY: closes an open chat, withdraws a request, breaks an agreement off. @throws UsageError "chat-changed", "wrong-state" */
  closeChat({ chat: id, standing }: Params<"closeChat">): Promise<void> {
    return this.#end(id, "close", (chat, contact) =>
      assertShown(standing, shownStanding(chat, contact), "chat-changed"),
    );
  }

  /** @throws UsageError "wrong-state" for somebody of whom nothing is known */
  setVerified(name: Username, verified: boolean): void {
    const { store, contacts } = this.#context;
    if (store.contacts.get(name) === undefined)
      throw new UsageError("wrong-state", `No key of ${name} is known`);
    store.transaction(() => contacts.change(name, (contact) => markVerified(contact, verified)));
  }

  /** Pins the new key as that person's; the conversation with the old one is over. @throws UsageError "key-changed-again", "wrong-state" */
  acceptNewKey({ peer: name, change }: Params<"acceptNewKey">): void {
    const { store, conversations } = this.#context;
    store.transaction(() => {
      const chat = this.#decide(name, change, "key-accepted", acceptChangedKey);
      conversations.drop(chat.number);
    });
  }

  /** Rejects the new key: stays with the pinned one, and with its conversation if one was open. @throws UsageError "key-changed-again", "wrong-state" */
  keepOldKey({ peer: name, change }: Params<"keepOldKey">): void {
    this.#context.store.transaction(() => this.#decide(name, change, "key-kept", keepPinnedKey));
  }

  /** Settles a changed key. Inside a transaction. */
  #decide(
    name: Username,
    change: Shown<"key-change">,
    type: "key-accepted" | "key-kept",
    settle: (contact: Contact) => Contact,
  ): StoredChat {
    const { store, contacts, direct } = this.#context;
    const chat = chatOf(store, directChat(name));
    assertShown(change, shownKeyChange(contacts.get(name)), "key-changed-again");
    contacts.change(name, settle);
    const decided = direct.apply(chat, { type });
    if (decided === undefined) throw new UsageError("wrong-state", `The key of ${name} has not changed`);
    return decided;
  }

  /** Notes the request before it leaves: the answer to it may come in the same breath as the server's "asked". */
  #ask(
    name: Username,
    conversation: ConversationId,
  ): { readonly type: "invited" } | { readonly type: "asked"; readonly earlier: ConversationId | undefined } {
    const { store, contacts, direct } = this.#context;
    if (!store.isOpen) throw new UsageError("closed", "The store was closed");
    return store.transaction(() => {
      const chat = store.chats.ensure(directChat(name));
      if (hasAsked(name, contacts.get(name), chat)) return { type: "invited" };
      const { pending } = chat.group;
      if (direct.apply(chat, { type: "ask", conversation }) === undefined)
        throw new UsageError("wrong-state", `A chat with ${name} is open already`);
      return { type: "asked", earlier: pending };
    });
  }

  async #notAsked(
    name: Username,
    conversation: ConversationId,
    earlier: ConversationId | undefined,
    error: unknown,
  ): Promise<void> {
    const { store, chats, direct } = this.#context;
    const id = directChat(name);
    const code = error instanceof RefusedError || error instanceof UsageError ? error.code : undefined;
    if (code === undefined) throw error; // the line went: it may have arrived, and then an ACCEPT will come
    const stillAsking = () => chatOf(store, id).group.pending === conversation;
    if (code === "request-crossed" && error instanceof RefusedError) {
      // Their request came before this answer, as a rule, and was accepted then.
      if (!stillAsking()) return;
      const theirs = error.conversation;
      if (theirs !== undefined) {
        store.transaction(() => direct.apply(chatOf(store, id), { type: "asked", conversation: theirs }));
        await this.acceptInLane(id);
        return;
      }
    }
    store.transaction(() => {
      const chat = chatOf(store, id);
      if (!stillAsking()) return;
      const waiting = error instanceof RefusedError ? (error.conversation ?? earlier) : undefined;
      if (code === "already-asked" && waiting !== undefined) chats.change(chat, {}, { pending: waiting });
      else direct.apply(chat, { type: "failed", conversation });
    });
    throw error;
  }

  /** Ends the chat's conversation or request. The server's answer changes nothing, so nobody waits for it. */
  #end(
    id: ChatId,
    type: "refuse" | "close",
    assertSeen: (chat: StoredChat, contact: Contact) => void,
  ): Promise<void> {
    const { store, contacts, direct, lanes } = this.#context;
    return lanes.run(id, () => {
      store.transaction(() => {
        const chat = chatOf(store, id);
        assertSeen(chat, contacts.get(partnerOf(id)));
        const { pending, current } = chat.group;
        const ended = direct.apply(chat, { type });
        const over = [pending, current].filter((conversation) => conversation !== undefined);
        if (ended === undefined || over.length === 0)
          throw new UsageError("wrong-state", `There is nothing to end in ${id}`);
        if (type === "refuse" && pending !== undefined)
          store.outbox.add(chat.number, pending, { verb: "refuse" });
        else
          for (const conversation of over)
            store.outbox.add(chat.number, conversation, { verb: "notify", reason: "closed" });
      });
    });
  }
}
