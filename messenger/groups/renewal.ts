/**
 * Replaces a conversation when one side has lost its keys or the server has lost the conversation. The two people have agreed to talk, and
 * only the holder of the pinned identity key can take part, so the clients do it without the users: the notified side sends a request, the
 * other accepts, and undelivered messages are sealed again in the new conversation. For the users the chat stays open, and a line in it
 * records the renewal.
 *
 *     message does not open    ──▶ NOTIFY "lost-state" ──▶ RTT ──▶ ACCEPT ──▶ ... ──▶ undelivered messages
 *     (one side's state is outdated or lost)               by the notified side; after a delay also by the side that lost the keys
 *
 * A lying server can cause renewals at will, as it can cut connections. So after a few renewals in an hour they stop, and the users
 * decide.
 */
import { type ParleyError, RefusedError } from "../../protocol/errors.ts";
import {
  type ConversationId,
  type MessageId,
  newConversationId,
  type Username,
} from "../../protocol/names.ts";
import { partnerOf } from "../chats/direct.ts";
import { judgeKey } from "../contacts/contact.ts";
import type { Talk } from "../contacts/talk.ts";
import { type Context, chatOf } from "../context.ts";
import type { Delivery, Verdict } from "../delivery/delivery.ts";
import type { ChatId } from "../model.ts";
import type { StoredChat } from "../store/chats.ts";

/**
 * Delay before the side that lost the keys asks for a new conversation itself. A NOTIFY that the other side wants to close the chat,
 * its own request, or the server's block list may still be on the way.
 */
const PATIENCE_MS = 5_000;
/** The most renewals in an hour. A lost disk and a restored backup need two, and each may count twice if both sides ask. */
const MAX_RENEWALS = 5;
const WHILE_MS = 60 * 60_000;

export class Renewal {
  readonly #context: Context;
  readonly #talk: Talk;
  readonly #holds: (name: Username) => boolean;
  readonly #timers = new Map<ChatId, NodeJS.Timeout>();
  readonly #looks = new Set<NodeJS.Timeout>();

  /** @param holds whether to postpone a request to that person, because the server claims a block that the user has not decided about */
  constructor(context: Context, delivery: Delivery, talk: Talk, holds: (name: Username) => boolean) {
    this.#context = context;
    this.#talk = talk;
    this.#holds = holds;
    // After a report by the other side, peerLostState() asks at once.
    context.direct.onLost((chat, why) => {
      if (why !== "lost-by-peer") this.#soon(chat);
    });
    delivery.onVerdict((chat, conversation, verdict) => this.#judged(chat, conversation, verdict));
  }

  /** Handles a message that does not open: notifies its sender, who sends it again. Called inside a transaction. */
  reportUnreadable(chat: StoredChat, conversation: ConversationId): StoredChat {
    const { store, conversations, direct } = this.#context;
    const lost = direct.lose(chat, { type: "lost", conversation });
    if (lost === undefined) return chat;
    conversations.wipe(chat.number, conversation);
    store.outbox.add(chat.number, conversation, { verb: "notify", reason: "lost-state" });
    return lost;
  }

  /** Handles the peer's report that it cannot open messages of the conversation. Called in the lane, inside a transaction. */
  peerLostState(chat: StoredChat, conversation: ConversationId): void {
    const lost = this.#context.direct.lose(chat, { type: "lost-by-peer", conversation });
    if (lost !== undefined) this.#ask(lost);
  }

  /** Handles a refusal by the server. */
  #judged(chat: ChatId, conversation: ConversationId, verdict: Verdict): void {
    const { store, log } = this.#context;
    switch (verdict.type) {
      case "commit-stale":
        this.#stale(chatOf(store, chat), conversation, verdict.commit);
        return;
      case "request-refused":
        this.refused(chat, conversation, verdict.error).catch((error: unknown) =>
          log.error(`Could not clean up after a refused request: ${String(error)}`),
        );
    }
  }

  /**
   * Handles the server's refusal of this side's commit: the peer's commit for that epoch came first and should be on its way. If the server
   * refuses the same commit again, when the next key update is due, the peer's commit will never arrive: the peer has invented the epoch,
   * and this side could never renew its keys in the conversation. So it counts as lost. Called in the lane, inside a transaction.
   */
  #stale(chat: StoredChat, conversation: ConversationId, commit: MessageId): void {
    const { chats, log } = this.#context;
    if (chat.group.current !== conversation) return;
    if (chat.group.staleCommit !== commit) {
      chats.change(chat, {}, { staleCommit: commit });
      return;
    }
    // Wait first, since the peer's commit may be in the mailbox after a sign-in.
    const timer = setTimeout(() => {
      this.#looks.delete(timer);
      this.#giveUpCommit(chat.id, conversation, commit).catch((error: unknown) =>
        log.error(`Could not replace a conversation whose keys cannot be renewed: ${String(error)}`),
      );
    }, PATIENCE_MS);
    this.#looks.add(timer);
  }

  /**
   * Handles an answer to a request that another device of this account has made. This device lacks the keys, so it notifies the peer, who
   * would otherwise wait for ever. Called inside a transaction.
   */
  rejectUnrequested(chat: StoredChat, conversation: ConversationId): void {
    const { outbox, conversations } = this.#context.store;
    const { phase, number, group } = chat;
    const { current, pending } = group;
    if (phase === "key-changed" || conversation === current || conversation === pending) return;
    if (conversations.chatOf(conversation) !== undefined) return;
    // Send one notification at a time, since a server can invent any number of conversations, and none while our own answer is queued.
    const answers = outbox.all(number).filter((one) => one.conversation === conversation);
    if (answers.length > 0 || outbox.all(number).some(({ outgoing }) => outgoing.verb === "notify")) return;
    outbox.add(number, conversation, { verb: "notify", reason: "lost-state" });
  }

  /**
   * Handles a repeated request that was answered before. The answer reached another device of the peer, and the one that asked is still
   * waiting; or the server has lost the answer. Sends an ACCEPT that still counts again, word for word; otherwise notifies the peer, so
   * that it asks with another id. Called inside a transaction.
   */
  answerAgain(chat: StoredChat, conversation: ConversationId): void {
    const { pending, joining } = chat.group;
    if (pending !== conversation) {
      this.rejectUnrequested(chat, conversation);
      return;
    }
    const { outbox } = this.#context.store;
    const leaving = outbox.all(chat.number).some((one) => one.conversation === conversation);
    if (joining === undefined || leaving) return;
    outbox.add(chat.number, conversation, { verb: "accept", keyPackage: joining.keyPackage });
  }

  /**
   * Repeats, on a new line, requests and answers of the last line that had no effect: for example, the peer's answer reached another device
   * of this account, or the program was killed before it answered.
   */
  lookAtAll(): void {
    for (const { id } of this.#context.store.chats.all()) this.lookAt(id);
  }

  /** Like lookAtAll(), for one chat. */
  lookAt(id: ChatId): void {
    const { lost, pending } = this.#context.store.chats.get(id)?.group ?? {};
    if (!lost) return;
    // Replace a scheduled check of the last line, which does not know steps that became pending later.
    clearTimeout(this.#timers.get(id));
    this.#timers.delete(id);
    this.#soon(id, pending);
  }

  /** @returns whether to accept the peer's request, signed by `key`, without asking the user */
  mayAnswer({ id, phase, group }: StoredChat, key: Uint8Array): boolean {
    const contact = this.#context.contacts.get(partnerOf(id));
    return (
      phase === "open" &&
      contact.changedTo === undefined &&
      judgeKey(contact, key) === "same" &&
      lately(group.renewals).length < MAX_RENEWALS
    );
  }

  /**
   * Records the peer's request, for which mayAnswer() is true. The caller then accepts. Called inside a transaction.
   * @returns undefined if it is not new
   */
  asked(chat: StoredChat, conversation: ConversationId): StoredChat | undefined {
    const { store, chats, direct } = this.#context;
    const asked = direct.apply(chat, { type: "asked-anew", conversation });
    if (asked === undefined) return undefined;
    for (const { position, outgoing } of store.outbox.all(chat.number))
      if (outgoing.verb === "request") store.outbox.remove(position);
    return chats.change(asked, {}, { renewals: [...lately(chat.group.renewals), Date.now()] });
  }

  /** Handles the server's refusal of this side's request. @throws errors of the disk, after scheduling another check */
  async refused(id: ChatId, conversation: ConversationId, error: ParleyError): Promise<void> {
    const { store, lanes } = this.#context;
    try {
      await lanes.run(id, () => this.#takeRefusal(id, conversation, error));
    } catch (fault) {
      const group = store.isOpen ? store.chats.get(id)?.group : undefined;
      if (group?.lost) this.#soon(id, group.pending);
      throw fault;
    }
  }

  close(): void {
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.#timers.clear();
    for (const timer of this.#looks) clearTimeout(timer);
    this.#looks.clear();
  }

  #giveUpCommit(id: ChatId, conversation: ConversationId, commit: MessageId): Promise<void> {
    const { store, conversations, direct, lanes, log } = this.#context;
    return lanes.run(id, () => {
      if (!store.isOpen || conversations.get(conversation)?.underWay !== commit) return;
      log.warn("New keys were refused twice, and the peer's never arrived: replacing the conversation");
      store.transaction(() => direct.lose(chatOf(store, id), { type: "failed", conversation }));
    });
  }

  async #takeRefusal(id: ChatId, conversation: ConversationId, error: ParleyError): Promise<void> {
    const { store, chats, direct } = this.#context;
    const theirs = error instanceof RefusedError ? error.conversation : undefined;
    const crossed = store.transaction(() => {
      const chat = chatOf(store, id);
      // "not-allowed": the request was accepted already, and its ACCEPT is on the way.
      if (chat.group.pending !== conversation || error.code === "not-allowed") return false;
      if (error.code === "already-asked" && theirs !== undefined) {
        chats.change(chat, {}, { pending: theirs });
        return false;
      }
      if (error.code === "request-crossed" && theirs !== undefined)
        return direct.apply(chat, { type: "asked-anew", conversation: theirs }) !== undefined;
      direct.lose(chat, { type: "failed", conversation });
      return false;
    });
    if (crossed) await this.#talk.acceptInLane(id);
  }

  /** Schedules a request. @param unanswered the conversation to give up if it is still pending then */
  #soon(id: ChatId, unanswered?: ConversationId): void {
    if (this.#timers.has(id)) return;
    const { store, lanes, log } = this.#context;
    const timer = setTimeout(() => {
      this.#timers.delete(id);
      lanes
        .run(id, () => {
          if (store.isOpen) store.transaction(() => this.#askAgain(chatOf(store, id), unanswered));
        })
        .catch((error: unknown) => {
          // For example, the disk is full.
          log.error(`Could not request a new conversation: ${String(error)}`);
          if (store.isOpen) this.#soon(id, unanswered);
        });
    }, PATIENCE_MS);
    this.#timers.set(id, timer);
  }

  /** Asks again. If the earlier request is still waiting, the server reports that, and it stays valid. Called inside a transaction. */
  #askAgain(chat: StoredChat, unanswered: ConversationId | undefined): void {
    const { store, direct } = this.#context;
    if (unanswered === undefined || chat.group.pending !== unanswered) {
      this.#ask(chat);
      return;
    }
    const leaving = store.outbox.all(chat.number).some(({ conversation }) => conversation === unanswered);
    const free = leaving ? undefined : direct.apply(chat, { type: "failed", conversation: unanswered });
    if (free !== undefined) this.#request(free);
  }

  /** Requests a new conversation, unless one was requested already. Called inside a transaction. */
  #ask(chat: StoredChat): void {
    const { chats, direct, log } = this.#context;
    const renewals = lately(chat.group.renewals);
    if (renewals.length >= MAX_RENEWALS) {
      if (direct.apply(chat, { type: "give-up" }) !== undefined)
        log.warn("Re-key limit reached: waiting for the user");
      return;
    }
    const asking = this.#request(chat);
    if (asking !== undefined) chats.change(asking, {}, { renewals: [...renewals, Date.now()] });
  }

  #request(chat: StoredChat): StoredChat | undefined {
    const { store, direct } = this.#context;
    if (this.#holds(partnerOf(chat.id))) return undefined;
    const conversation = newConversationId();
    const asking = direct.apply(chat, { type: "ask-anew", conversation });
    if (asking === undefined) return undefined;
    store.outbox.add(chat.number, conversation, { verb: "request" });
    return asking;
  }
}

function lately(renewals: readonly number[] = []): readonly number[] {
  return renewals.filter((at) => Math.abs(Date.now() - at) < WHILE_MS);
}
