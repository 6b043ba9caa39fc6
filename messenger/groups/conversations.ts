/** The conversations in use, ready to seal and open; their state on disk changes with every message. */
import { Conversation, type KeyCheck } from "../../protocol/e2ee/conversation.ts";
import { ProtocolError, TrustError } from "../../protocol/errors.ts";
import type { ConversationId, MessageId } from "../../protocol/names.ts";
import type { ChatNumber } from "../store/numbers.ts";
import { SealError } from "../store/seal.ts";
import type { Store } from "../store/store.ts";

/** As a damaged one. */
const NO_STATE = new Uint8Array();

export class Conversations {
  readonly #store: Store;
  readonly #check: KeyCheck;
  readonly #live = new Map<ConversationId, Conversation>();

  /** @param check says whether a key is the one pinned for a name */
  constructor(store: Store, check: KeyCheck) {
    this.#store = store;
    this.#check = check;
    store.onOutcome((outcome) => {
      if (outcome === "undone") this.#live.clear();
    });
  }

  /**
   * @returns undefined for a conversation that we do not, or no longer, hold
   * @throws TrustError "undecryptable" where its state was damaged on disk: its keys are lost
   */
  get(id: ConversationId): Conversation | undefined {
    const live = this.#live.get(id);
    if (live !== undefined) return live;
    const conversation = this.#stored(id);
    if (conversation !== undefined) this.#live.set(id, conversation);
    return conversation;
  }

  #stored(id: ConversationId): Conversation | undefined {
    try {
      const state = this.#store.conversations.get(id);
      return state && Conversation.deserialize(state, this.#check);
    } catch (cause) {
      if (!(cause instanceof SealError || cause instanceof ProtocolError)) throw cause;
      throw new TrustError("undecryptable", "The state of the conversation was damaged", { cause });
    }
  }

  /** Stores the next state. Inside the transaction that also stores the message sealed or opened with it. */
  put(chat: ChatNumber, conversation: Conversation): void {
    this.#store.conversations.put(chat, conversation.id, conversation.serialize());
    this.#live.set(conversation.id, conversation);
  }

  /** Applies our commit, which the server has taken: from now on we seal in the epoch that it makes. In the chat's lane, inside a transaction. */
  commitCounts(chat: ChatNumber, id: ConversationId, commit: MessageId): void {
    const conversation = this.get(id);
    if (conversation !== undefined) this.put(chat, conversation.mergeCommit(commit));
  }

  /**
   * Replaces the present conversation. The old one stays until the next replacement: messages they sent in it
   * before they heard may still be on their way. Inside a transaction.
   */
  replace(chat: ChatNumber, conversation: Conversation): void {
    this.#store.conversations.dropAllButNewest(chat);
    this.#live.clear();
    this.put(chat, conversation);
  }

  /**
   * Deletes a conversation whose keys are out of sync. Messages of it that would still open are sent again by the others anyway, in
   * order. Inside a transaction.
   */
  wipe(chat: ChatNumber, id: ConversationId): void {
    this.#store.conversations.put(chat, id, NO_STATE);
    this.#live.delete(id);
  }

  /** Deletes the chat's conversations. Inside a transaction. */
  drop(chat: ChatNumber): void {
    this.#store.conversations.dropAll(chat);
    this.#live.clear();
  }
}
