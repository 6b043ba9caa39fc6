/**
 * When a conversation's keys are lost, on one side or the other, or the server has forgotten it, another takes its
 * place. The two people have agreed to talk, and only the holder of the same pinned identity key can be talked with,
 * so the two programs settle it by themselves: the side that is told asks, the other accepts, and undelivered messages are
 * sealed anew under its id. To the users the chat stays open all the while; a line in it records the renewal.
 *
 *     message does not open    ──▶ NOTIFY "lost-state" ──▶ RTT ──▶ ACCEPT ──▶ ... ──▶ undelivered messages
 *     (our state is older, theirs is, or it is gone)       by the side told, and after a while by the side that lost them
 *
 * A lying server can set this off at will, as it can cut the line at will. So it happens a few times an hour, then stops,
 * and the users decide.
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
/** More than a lost disk and a restored backup in one hour ask for, each of which may count twice where both sides ask. */
const MAX_RENEWALS = 5;
const WHILE_MS = 60 * 60_000;

export class Renewal {
  readonly #context: Context;
  readonly #talk: Talk;
  readonly #holds: (name: Username) => boolean;
  readonly #timers = new Map<ChatId, NodeJS.Timeout>();
  readonly #looks = new Set<NodeJS.Timeout>();

  /** @param holds whether not to ask that person now: the server reports that the user has blocked them, and the user has not decided */
  constructor(context: Context, delivery: Delivery, talk: Talk, holds: (name: Username) => boolean) {
    this.#context = context;
    this.#talk = talk;
    this.#holds = holds;
    // Told by the other side, this one asks at once.
    context.direct.onLost((chat, why) => {
      if (why !== "lost-by-peer") this.#soon(chat);
    });
    delivery.onVerdict((chat, conversation, verdict) => this.#judged(chat, conversation, verdict));
  }

  /** Handles a message that does not open: its sender hears so, and sends it again. Inside a transaction. */
  noticed(chat: StoredChat, conversation: ConversationId): StoredChat {
    const { store, conversations, direct } = this.#context;
    const lost = direct.lose(chat, { type: "lost", conversation });
    if (lost === undefined) return chat;
    conversations.wipe(chat.number, conversation);
    store.outbox.add(chat.number, conversation, { verb: "notify", reason: "lost-state" });
    return lost;
  }

  /** Handles their report that they cannot open messages of it. In the lane, inside a transaction. */
  told(chat: StoredChat, conversation: ConversationId): void {
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
          log.error(`A refused request has no end: ${String(error)}`),
        );
    }
  }

  /**
   * Handles the server's refusal of our commit: the other side's had come first for its epoch and is on its way. If the server
   * refuses again, the next time that new keys are due, and nothing has come, it never will: the other side has made the epoch
   * up, and our keys could never be renewed in that conversation. So it is lost. In the lane, inside a transaction.
   */
  #stale(chat: StoredChat, conversation: ConversationId, commit: MessageId): void {
    const { chats, log } = this.#context;
    if (chat.group.current !== conversation) return;
    if (chat.group.staleCommit !== commit) {
      chats.change(chat, {}, { staleCommit: commit });
      return;
    }
    // It may be in the mailbox of a sign-in that has just begun.
    const timer = setTimeout(() => {
      this.#looks.delete(timer);
      this.#giveUpCommit(chat.id, conversation, commit).catch((error: unknown) =>
        log.error(`A conversation whose keys cannot be renewed stays: ${String(error)}`),
      );
    }, PATIENCE_MS);
    this.#looks.add(timer);
  }

  /**
   * Handles an answer to a request made on another computer with the same account. This one has no keys
   * to go on with, so it tells the other side, which would wait for ever. Inside a transaction.
   */
  notAsked(chat: StoredChat, conversation: ConversationId): void {
    const { outbox, conversations } = this.#context.store;
    const { phase, number, group } = chat;
    const { current, pending } = group;
    if (phase === "key-changed" || conversation === current || conversation === pending) return;
    if (conversations.chatOf(conversation) !== undefined) return;
    // One at a time, since a server can make up any number; and our answer may be leaving.
    const answers = outbox.all(number).filter((one) => one.conversation === conversation);
    if (answers.length > 0 || outbox.all(number).some(({ outgoing }) => outgoing.verb === "notify")) return;
    outbox.add(number, conversation, { verb: "notify", reason: "lost-state" });
  }

  /**
   * Handles a request that was answered before, while they have another conversation with us: the answer went to another
   * computer of theirs, and this one, which never heard that its request had arrived, waits for it. Notifies it, so that it
   * asks under another id. Inside a transaction.
   */
  askedBefore(chat: StoredChat, conversation: ConversationId): void {
    if (chat.phase === "open") this.notAsked(chat, conversation);
  }

  /**
   * Repeats, on a new line, requests and answers of the last one that came to nothing: the other side's answer went to another
   * computer with this account, say, or the program was killed before it answered.
   */
  lookAtAll(): void {
    for (const { id } of this.#context.store.chats.all()) this.lookAt(id);
  }

  /** As lookAtAll(), for one chat. */
  lookAt(id: ChatId): void {
    const { lost, pending } = this.#context.store.chats.get(id)?.group ?? {};
    if (!lost) return;
    // A check that was due over the last line knows nothing of steps that have become pending since.
    clearTimeout(this.#timers.get(id));
    this.#timers.delete(id);
    this.#soon(id, pending);
  }

  /** @returns whether a request of theirs, signed by `key`, is answered without asking the user */
  mayAnswer({ id, phase, group }: StoredChat, key: Uint8Array): boolean {
    const contact = this.#context.contacts.get(partnerOf(id));
    return (
      phase === "open" &&
      contact.changedTo === undefined &&
      judgeKey(contact, key) === "same" &&
      lately(group.renewals).length < MAX_RENEWALS
    );
  }

  /** Takes their request, which mayAnswer(). The caller accepts. Inside a transaction. @returns undefined where it is not new */
  asked(chat: StoredChat, conversation: ConversationId): StoredChat | undefined {
    const { store, chats, direct } = this.#context;
    const asked = direct.apply(chat, { type: "asked-anew", conversation });
    if (asked === undefined) return undefined;
    for (const { position, outgoing } of store.outbox.all(chat.number))
      if (outgoing.verb === "request") store.outbox.remove(position);
    return chats.change(asked, {}, { renewals: [...lately(chat.group.renewals), Date.now()] });
  }

  /** Handles the server's refusal of our own request. @throws errors of the disk; then it is looked at again */
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
      log.warn("New keys were refused twice for others that never came: another conversation is agreed on");
      store.transaction(() => direct.lose(chatOf(store, id), { type: "failed", conversation }));
    });
  }

  async #takeRefusal(id: ChatId, conversation: ConversationId, error: ParleyError): Promise<void> {
    const { store, chats, direct } = this.#context;
    const theirs = error instanceof RefusedError ? error.conversation : undefined;
    const crossed = store.transaction(() => {
      const chat = chatOf(store, id);
      // "not-allowed": it was taken already, and its ACCEPT is on the way.
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

  /** @param unanswered the step to give up if it is still pending then */
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
          // A full disk, say.
          log.error(`No new conversation was asked for: ${String(error)}`);
          if (store.isOpen) this.#soon(id, unanswered);
        });
    }, PATIENCE_MS);
    this.#timers.set(id, timer);
  }

  /** Asks again. Where the earlier request still waits, the server says so, and that one stays. Inside a transaction. */
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

  /** Asks for the conversation that takes the place of the lost one, if nobody has yet. Inside a transaction. */
  #ask(chat: StoredChat): void {
    const { chats, direct, log } = this.#context;
    const renewals = lately(chat.group.renewals);
    if (renewals.length >= MAX_RENEWALS) {
      if (direct.apply(chat, { type: "give-up" }) !== undefined)
        log.warn("The keys of a conversation were lost once too often: asking again is for the user");
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
