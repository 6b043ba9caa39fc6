/** The user's decisions about talking with somebody: request, accept, refuse, close, and trust in a changed key. */
import type { Client } from "../../protocol/client/client.ts";
import { prepareToJoin } from "../../protocol/e2ee/conversation.ts";
import { noteMessageId } from "../../protocol/e2ee/note.ts";
import { RefusedError, TrustError, UsageError } from "../../protocol/errors.ts";
import { type ConversationId, newConversationId, type Username } from "../../protocol/names.ts";
import type { Params } from "../calls.ts";
import { type Context, peerOf } from "../context.ts";
import type { Delivery } from "../delivery/delivery.ts";
import type { Shown } from "../model.ts";
import { assertShown, shownKeyChange, shownRequest, shownStanding } from "../shown.ts";
import type { Peer } from "../store/peers.ts";
import { acceptChangedKey, judgeKey, keepPinnedKey, knownKey, markVerified, pinKey } from "./contact.ts";
import type { InvitePasses } from "./invite-passes.ts";
import type { Notes } from "./notes.ts";

/** @returns whether that person's request waits for us. @throws UsageError "blocked"; TrustError "identity-changed" */
function hasAsked({ name, contact, chat }: Peer): boolean {
  if (contact.blocked) throw new UsageError("blocked", `${name} is blocked`);
  if (chat.phase === "key-changed")
    throw new TrustError("identity-changed", `The key of ${name} has changed`);
  return chat.phase === "invited";
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
    const { lanes, me, store } = this.#context;
    const client = this.#context.client();
    if (name === me().name) throw new RefusedError("self", "One cannot talk to oneself");
    if (client === undefined) throw new UsageError("not-connected", "A request needs a line to the server");
    const conversation = newConversationId();
    const known = store.peers.get(name);
    const sealed =
      known !== undefined && hasAsked(known)
        ? undefined
        : await this.#sealed(client, name, conversation, { wait, note });
    if (sealed !== undefined) await this.#seeKeyOfNow(client, name);
    const before = await lanes.run(name, () => this.#ask(name, conversation));
    if (before.type === "invited") {
      this.#keepAsDraft(name, note);
      return this.accept({ peer: name });
    }
    try {
      const terms = { wait, ...knownKey(peerOf(store, name).contact) };
      const key = client.users.get(name)?.identityKey;
      if (key !== undefined && sealed === undefined) noteAsked({ conversation, key, at: performance.now() });
      await client.requestToTalk(name, conversation, {
        ...terms,
        ...(sealed !== undefined && { note: sealed }),
      });
      if (sealed !== undefined && note !== undefined) await this.#noteSent(name, sealed, note);
    } catch (error) {
      if (!store.isOpen) throw error;
      if (error instanceof RefusedError && error.code === "request-crossed") this.#keepAsDraft(name, note);
      await lanes.run(name, () => this.#notAsked(name, conversation, before.earlier, error));
    }
  }

  /**
   * Whether a refusal may be due to an outdated key. Their client refuses a request that names another key than it has, before anybody sees
   * it: the server may have shown us the key that they had until a moment ago. @returns whether that request, which was refused, may be one of these; once for each
   */
  mayHaveMissed(name: Username, conversation: ConversationId): boolean {
    const asked = this.#asked.get(name);
    if (asked?.conversation !== conversation || performance.now() - asked.at > MISSED_WITHIN_MS) return false;
    return peerOf(this.#context.store, name).chat.phase === "requested";
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
      await this.#context.lanes.run(name, refused);
      return;
    }
    log.info("A request named a key that is no more: it goes again");
    await this.#request({ peer: name }, () => {});
  }

  /** Asks the server for the key that it shows now, where it showed a changed one: a note is sealed for the present key. */
  async #seeKeyOfNow(client: Client, name: Username): Promise<void> {
    const shown = client.users.get(name)?.identityKey;
    if (shown === undefined || judgeKey(peerOf(this.#context.store, name).contact, shown) !== "changed")
      return;
    await client.list();
  }

  /** @returns the key that the server shows, asked just now; undefined also where the line has gone */
  async #shownNow(name: Username): Promise<Uint8Array | undefined> {
    try {
      return (await this.#context.client()?.list())?.get(name)?.identityKey;
    } catch (error) {
      this.#context.log.debug(String(error));
      return undefined;
    }
  }

  /** @returns the sealed text of the user, the proof that one came by their invite, or neither */
  async #sealed(
    client: Client,
    to: Username,
    conversation: ConversationId,
    { wait, note }: { readonly wait: boolean; readonly note: string | undefined },
  ): Promise<Uint8Array | undefined> {
    if (note !== undefined) return this.#notes.seal(client, { text: note, to, conversation, wait });
    if (!this.#passes.isFrom(to)) return undefined;
    try {
      return await this.#notes.seal(client, { text: "", to, conversation, wait });
    } catch (error) {
      // Without the proof they are asked like anybody.
      if (error instanceof UsageError && error.code === "note-unsealable") return undefined;
      throw error;
    }
  }

  async #noteSent(name: Username, sealed: Uint8Array, text: string): Promise<void> {
    const { store, chats, lanes } = this.#context;
    await lanes.run(name, () => {
      if (!store.isOpen) return;
      store.transaction(() =>
        chats.addNote(peerOf(store, name), { id: noteMessageId(sealed), text }, "mine"),
      );
    });
  }

  /** Keeps our note as a draft: they had asked, so our own request never left, and the note is for the user to send. */
  #keepAsDraft(name: Username, note: string | undefined): void {
    const { store, chats } = this.#context;
    if (note === undefined || peerOf(store, name).chat.draft !== "") return;
    store.transaction(() => chats.change(peerOf(store, name), { draft: note }));
  }

  /**
   * @param request the one that the user saw, with its note; left out where they have asked that person themselves,
   * with any key of that person
   * @throws UsageError "request-changed", "wrong-state"; TrustError "identity-changed"; RefusedError where the server
   * knows the answer at once
   */
  async accept({ peer: name, request }: { peer: Username; request?: Shown<"request"> }): Promise<void> {
    const position = await this.#context.lanes.run(name, () => this.#accept(name, request));
    await this.#delivery.answer(position);
  }

  /** Sends ACCEPT without the user, for callers that are in the lane already. */
  async acceptInLane(name: Username): Promise<void> {
    await this.#accept(name);
  }

  /** @returns its place in the outbox */
  async #accept(name: Username, request?: Shown<"request">): Promise<number> {
    const { store, chats, me } = this.#context;
    const invited = peerOf(store, name).chat;
    if ((invited.phase !== "invited" && invited.phase !== "open") || invited.pending === undefined)
      throw new UsageError("wrong-state", `${name} has not asked`);
    const joining = await prepareToJoin(me().name, me().identity);
    const position = store.transaction(() => {
      const peer = peerOf(store, name);
      if (request !== undefined) assertShown(request, shownRequest(peer), "request-changed");
      const { pending, askedBy } = peer.chat;
      if (askedBy !== undefined && judgeKey(peer.contact, askedBy) === "changed")
        throw new TrustError("identity-changed", `The key of ${name} is not the pinned one`);
      const pinned = askedBy === undefined ? peer.contact : pinKey(peer.contact, askedBy);
      const accepted = chats.apply({ ...peer, contact: pinned }, { type: "accept" }, { joining });
      if (accepted === undefined || pending === undefined)
        throw new UsageError("wrong-state", "The request is gone");
      if (peer.chat.note?.kind === "text") {
        const { unread, firstUnread } = peer.chat;
        const noted = chats.addNote(accepted, peer.chat.note, "theirs");
        if (request !== undefined) chats.change(noted, { unread, firstUnread });
      }
      return store.outbox.add(peer.id, pending, { verb: "accept", keyPackage: joining.keyPackage });
    });
    this.#delivery.wake(peerOf(store, name).id);
    return position;
  }

  /** Sends REFUSE. @throws UsageError "request-changed", "wrong-state" */
  refuse({ peer: name, request }: Params<"refuse">): Promise<void> {
    return this.#end(name, "refuse", (peer) => assertShown(request, shownRequest(peer), "request-changed"));
  }

  /** Sends NOTIFY: closes an open chat, withdraws a request, breaks an agreement off. @throws UsageError "chat-changed", "wrong-state" */
  closeChat({ peer: name, standing }: Params<"closeChat">): Promise<void> {
    return this.#end(name, "close", (peer) => assertShown(standing, shownStanding(peer), "chat-changed"));
  }

  setVerified(name: Username, verified: boolean): void {
    this.#changeContact(name, (peer) => ({ ...peer, contact: markVerified(peer.contact, verified) }));
  }

  /** Pins the new key as that person's; the conversation with the old one is over. @throws UsageError "key-changed-again", "wrong-state" */
  acceptNewKey({ peer: name, change }: Params<"acceptNewKey">): void {
    const { chats, conversations } = this.#context;
    this.#changeContact(name, (peer) => {
      assertShown(change, shownKeyChange(peer), "key-changed-again");
      const accepted = chats.apply(
        { ...peer, contact: acceptChangedKey(peer.contact) },
        { type: "key-accepted" },
      );
      if (accepted === undefined) throw new UsageError("wrong-state", `The key of ${name} has not changed`);
      conversations.drop(peer.id);
      return accepted;
    });
  }

  /** Rejects the new key: stays with the pinned one, and with its conversation if one was open. @throws UsageError "key-changed-again", "wrong-state" */
  keepOldKey({ peer: name, change }: Params<"keepOldKey">): void {
    this.#changeContact(name, (peer) => {
      assertShown(change, shownKeyChange(peer), "key-changed-again");
      const kept = this.#context.chats.apply(
        { ...peer, contact: keepPinnedKey(peer.contact) },
        { type: "key-kept" },
      );
      if (kept === undefined) throw new UsageError("wrong-state", `The key of ${name} has not changed`);
      return kept;
    });
  }

  #changeContact(name: Username, change: (peer: Peer) => Peer): void {
    const { store, chats } = this.#context;
    store.transaction(() => chats.change(change(peerOf(store, name)), {}));
  }

  /** Notes the request before it leaves: the answer to it may come in the same breath as the server's "asked". */
  #ask(
    name: Username,
    conversation: ConversationId,
  ): { readonly type: "invited" } | { readonly type: "asked"; readonly earlier: ConversationId | undefined } {
    const { store, chats } = this.#context;
    if (!store.isOpen) throw new UsageError("closed", "The store was closed");
    return store.transaction(() => {
      const peer = store.peers.ensure(name);
      if (hasAsked(peer)) return { type: "invited" };
      const { pending } = peer.chat;
      if (chats.apply(peer, { type: "ask", conversation }) === undefined)
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
    const { store, chats } = this.#context;
    const code = error instanceof RefusedError || error instanceof UsageError ? error.code : undefined;
    if (code === undefined) throw error; // the line went: it may have arrived, and then an ACCEPT will come
    const stillAsking = () => peerOf(store, name).chat.pending === conversation;
    if (code === "request-crossed" && error instanceof RefusedError) {
      // Their request came before this answer, as a rule, and was accepted then.
      if (!stillAsking()) return;
      const theirs = error.conversation;
      if (theirs !== undefined) {
        store.transaction(() => chats.apply(peerOf(store, name), { type: "asked", conversation: theirs }));
        await this.acceptInLane(name);
        return;
      }
    }
    store.transaction(() => {
      const peer = peerOf(store, name);
      if (!stillAsking()) return;
      const waiting = error instanceof RefusedError ? (error.conversation ?? earlier) : undefined;
      if (code === "already-asked" && waiting !== undefined) chats.change(peer, { pending: waiting });
      else chats.apply(peer, { type: "failed", conversation });
    });
    throw error;
  }

  /** Ends the conversation or request with that person. The server's answer changes nothing, so nobody waits for it. */
  #end(name: Username, type: "refuse" | "close", assertSeen: (peer: Peer) => void): Promise<void> {
    const { store, chats, lanes } = this.#context;
    return lanes.run(name, () => {
      const { id } = store.transaction(() => {
        const peer = peerOf(store, name);
        assertSeen(peer);
        const { pending, current } = peer.chat;
        const ended = chats.apply(peer, { type });
        const over = [pending, current].filter((conversation) => conversation !== undefined);
        if (ended === undefined || over.length === 0)
          throw new UsageError("wrong-state", `There is nothing to end with ${name}`);
        if (type === "refuse" && pending !== undefined)
          store.outbox.add(peer.id, pending, { verb: "refuse" });
        else
          for (const conversation of over)
            store.outbox.add(peer.id, conversation, { verb: "notify", reason: "closed" });
        return ended;
      });
      this.#delivery.wake(id);
    });
  }
}
