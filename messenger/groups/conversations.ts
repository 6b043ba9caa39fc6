/** Loads and stores conversations. The stored state changes with every message. */
import { Conversation, type KeyCheck } from "../../protocol/e2ee/conversation.ts";
import { ProtocolError, TrustError } from "../../protocol/errors.ts";
import type { ConversationId, MessageId } from "../../protocol/names.ts";
import type { ChatNumber } from "../store/numbers.ts";
import { SealError } from "../store/seal.ts";
import type { Store } from "../store/store.ts";

/** Stored for a conversation whose keys were deleted. It is handled like a damaged state. */
const NO_STATE = new Uint8Array();

export class Conversations {
  readonly #store: Store;
  readonly #check: KeyCheck;
  readonly #live = new Map<ConversationId, Conversation>();

  /** @param check decides whether a key is the pinned one of a name */
  constructor(store: Store, check: KeyCheck) {
    this.#store = store;
    this.#check = check;
    store.onOutcome((outcome) => {
      if (outcome === "undone") this.#live.clear();
    });
  }

  /**
   * @returns undefined for a conversation that is not stored here, or no longer
   * @throws TrustError "undecryptable" if its state on disk is damaged, so that its keys are lost
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

  /** Stores the next state. Called inside the transaction that stores the message sealed or opened with it. */
  put(chat: ChatNumber, conversation: Conversation): void {
    this.#store.conversations.put(chat, conversation.id, conversation.serialize());
    this.#live.set(conversation.id, conversation);
  }

  /**
   * Applies this side's commit after the server accepted it. Messages are then sealed in its epoch. Called in the chat's lane, inside a
   * transaction.
   */
  commitCounts(chat: ChatNumber, id: ConversationId, commit: MessageId): void {
    const conversation = this.get(id);
    if (conversation !== undefined) this.put(chat, conversation.mergeCommit(commit));
  }

  /**
   * Replaces the present conversation. The old one is kept until the next replacement, since messages in it may still be on their way.
   * Called inside a transaction.
   */
  replace(chat: ChatNumber, conversation: Conversation): void {
    this.#store.conversations.dropAllButNewest(chat);
    this.#live.clear();
    this.put(chat, conversation);
  }

  /**
   * Deletes a conversation whose keys are out of sync. The others send its messages again anyway, in order. Called inside a transaction.
   */
  wipe(chat: ChatNumber, id: ConversationId): void {
    this.#store.conversations.put(chat, id, NO_STATE);
    this.#live.delete(id);
  }

  /** Deletes the chat's conversations. Called inside a transaction. */
  drop(chat: ChatNumber): void {
    this.#store.conversations.dropAll(chat);
    this.#live.clear();
  }
}
