/** Begins chats of two: sends requests to talk, and accepts them. */
import { prepareToJoin } from "../../protocol/e2ee/conversation.ts";
import { noteMessageId } from "../../protocol/e2ee/note.ts";
import { RefusedError, TrustError, UsageError } from "../../protocol/errors.ts";
import { type ConversationId, newConversationId, type Username } from "../../protocol/names.ts";
import type { Params } from "../calls.ts";
import { directChat, partnerOf } from "../chats/direct.ts";
import { type Context, chatOf } from "../context.ts";
import type { Delivery } from "../delivery/delivery.ts";
import type { ChatId, Shown } from "../model.ts";
import { assertShown, shownRequest } from "../shown.ts";
import type { StoredChat } from "../store/chats.ts";
import { type Contact, judgeKey, knownKey, pinKey } from "./contact.ts";
import type { InvitePasses } from "./invite-passes.ts";
import type { Notes } from "./notes.ts";
import { RequestedKeys } from "./requested-keys.ts";

/** @returns whether there is an unanswered request of that person. @throws UsageError "blocked"; TrustError "identity-changed" */
function hasAsked(name: Username, contact: Contact, chat: StoredChat | undefined): boolean {
  if (contact.blocked) throw new UsageError("blocked", `${name} is blocked`);
  if (chat?.phase === "key-changed")
    throw new TrustError("identity-changed", `The key of ${name} has changed`);
  return chat?.phase === "invited";
}

export class Talk {
  readonly #context: Context;
  readonly #delivery: Delivery;
  readonly #notes: Notes;
  readonly #passes: InvitePasses;
  readonly #keys: RequestedKeys;

  constructor(context: Context, delivery: Delivery, notes: Notes, passes: InvitePasses) {
    this.#context = context;
    this.#delivery = delivery;
    this.#notes = notes;
    this.#passes = passes;
    this.#keys = new RequestedKeys(context);
  }

  /**
   * Sends RTT. Accepts instead if that person has asked already.
   * @throws RefusedError "user-not-found", "already-asked", "self", ...; UsageError "not-connected", "wrong-state",
   * "note-unsealable"; TrustError "identity-changed"; NetworkError if the line ended before the answer: the request may have arrived
   */
  request(terms: Params<"request">): Promise<void> {
    return this.#request(terms, "first");
  }

  async #request(
    { peer: name, wait = false, note: written = "" }: Params<"request">,
    attempt: "first" | "again",
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
    if (sealed !== undefined) await this.#keys.refreshIfChanged(name);
    const before = await lanes.run(id, () => this.#ask(name, conversation));
    if (before.type === "invited") {
      this.#keepAsDraft(name, note);
      return this.accept({ chat: id });
    }
    try {
      const terms = { wait, ...knownKey(contacts.get(name)) };
      if (attempt === "first" && sealed === undefined) this.#keys.note(name, conversation);
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

  /** @returns whether the refusal of that request may be due to an outdated key, so that askAgainIfMissed() has to decide */
  mayHaveMissed(name: Username, conversation: ConversationId): boolean {
    return this.#keys.mayBeOutdated(name, conversation);
  }

  /**
   * Asks again if the server shows another key by now. Otherwise, the person has refused. The user decides whether to trust that key
   * when the person answers with it. Called outside of the lane.
   * @param refused called if the person has refused
   */
  async askAgainIfMissed(name: Username, refused: () => void): Promise<void> {
    const { lanes, log } = this.#context;
    if (!(await this.#keys.isOutdated(name))) {
      await lanes.run(directChat(name), refused);
      return;
    }
    log.info("A request named an outdated key: sending it again");
    await this.#request({ peer: name }, "again");
  }

  /** @returns the sealed note, or a sealed proof of that person's invite; undefined if there is neither */
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
      // Ask without the proof.
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

  /** Keeps an unsent note as the draft, since the person had asked already and no request was sent. */
  #keepAsDraft(name: Username, note: string | undefined): void {
    const { store, chats } = this.#context;
    const id = directChat(name);
    if (note === undefined || chatOf(store, id).draft !== "") return;
    store.transaction(() => chats.change(chatOf(store, id), { draft: note }));
  }

  /**
   * Sends ACCEPT, and waits for the server's answer.
   * @param request the request on screen; absent if the user has asked that person too, so that any request is accepted
   * @throws UsageError "request-changed", "wrong-state"; TrustError "identity-changed"; RefusedError if the request no longer exists
   */
  async accept({ chat: id, request }: { chat: ChatId; request?: Shown<"request"> }): Promise<void> {
    const position = await this.#context.lanes.run(id, () => this.#accept(id, request));
    await this.#delivery.answer(position);
  }

  /** Sends ACCEPT without the user's decision. Called in the lane. */
  async acceptInLane(id: ChatId): Promise<void> {
    await this.#accept(id);
  }

  /** Queues ACCEPT. @returns its position in the outbox */
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

  /** Records the request before it is sent, since its answer may arrive together with the server's confirmation. */
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
    if (code === undefined) throw error; // the line ended: the request may have arrived, so an ACCEPT may follow
    const stillAsking = () => chatOf(store, id).group.pending === conversation;
    if (code === "request-crossed" && error instanceof RefusedError) {
      // Usually, the other request arrived before this answer and was accepted.
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
}
