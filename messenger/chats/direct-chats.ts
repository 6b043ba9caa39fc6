/**
 * Changes chats of two in the store, within the caller's transaction: the steps of their phases (phases.ts), which are about the
 * other person.
 */
import type { ConversationId } from "../../protocol/names.ts";
import { noteChangedKey } from "../contacts/contact.ts";
import type { Contacts } from "../contacts/contacts.ts";
import { eventBody } from "../kinds/event.ts";
import type { ChatId, RequestNote } from "../model.ts";
import type { News } from "../news.ts";
import type { ChatRecord, StoredChat } from "../store/chats.ts";
import type { GroupRecord } from "../store/groups.ts";
import type { Store } from "../store/store.ts";
import { type Chats, dueFromNow } from "./chats.ts";
import { partnerOf } from "./direct.ts";
import { type ChatAction, step } from "./phases.ts";

/** Why the keys of a conversation are of no use any more (phases.ts). */
export type Loss = Extract<ChatAction["type"], "failed" | "lost" | "lost-by-peer">;

type RequestText = Extract<RequestNote, { kind: "text" }>;

export class DirectChats {
  readonly #store: Store;
  readonly #chats: Chats;
  readonly #contacts: Contacts;
  readonly #news: News;
  readonly #listeners: ((chat: ChatId, why: Loss) => void)[] = [];

  constructor(store: Store, chats: Chats, contacts: Contacts, news: News) {
    this.#news = news;
    this.#store = store;
    this.#chats = chats;
    this.#contacts = contacts;
  }

  /**
   * Takes one step of the chat's phase machine. Inside a transaction.
   * Where a chat ends, messages that still waited for a conversation to be sealed in have failed.
   * @param also further changes. `askedBy`, `note` and `joining` last only as long as their phase.
   * @returns the chat as it is now; undefined, with nothing changed, when the action has no meaning now
   */
  apply(
    chat: StoredChat,
    action: ChatAction,
    also: Pick<ChatRecord, "askedBy" | "note"> & Pick<GroupRecord, "joining"> = {},
  ): StoredChat | undefined {
    const { group } = chat;
    const taken = step({ ...group, phase: chat.phase }, action);
    if (taken === undefined) return undefined;
    const { phase, current, pending, lost } = taken.state;
    if (current !== group.current) this.#store.outbox.dropAllKept(chat.number);
    const agreeing = phase === "establishing" || (phase === "open" && pending === group.pending);
    const next = this.#chats.change(
      phase === "open" ? chat : this.#failUnsealed(chat, phase),
      {
        phase,
        askedBy: phase === "invited" ? (also.askedBy ?? chat.askedBy) : undefined,
        note: phase === "invited" ? also.note : undefined,
        since: Date.now(),
        isNew: chat.isNew ?? (phase !== "none" && chat.lastActivity === 0 ? true : undefined),
      },
      {
        current,
        pending,
        lost,
        joining: agreeing && pending !== undefined ? (also.joining ?? group.joining) : undefined,
      },
    );
    const { event } = taken;
    return event === undefined ? next : this.#chats.addEvent(next, eventBody(event, partnerOf(chat.id)));
  }

  /** Calls the listener once it is on disk that a chat's keys are lost, or lost again. */
  onLost(listener: (chat: ChatId, why: Loss) => void): void {
    this.#listeners.push(listener);
  }

  /**
   * Takes a step by which the keys of the chat's conversation may be lost. Messages without a receipt wait again then. Inside a
   * transaction. @returns the chat where its keys are lost now
   */
  lose(
    chat: StoredChat,
    action: { readonly type: Loss; readonly conversation: ConversationId },
  ): StoredChat | undefined {
    const after = this.apply(chat, action);
    if (!after?.group.lost) return undefined;
    this.#news.whenTrue(() => {
      for (const listener of this.#listeners) listener(chat.id, action.type);
    });
    return this.#chats.takeBack(after);
  }

  /**
   * Stops the chat, since somebody else's key came in the other person's name: nothing leaves and nothing is agreed on until the user
   * decides. Messages waiting to leave have failed, and may be retried in a later conversation. Inside a transaction.
   * @param key the other key
   */
  stopForChangedKey(chat: StoredChat, key: Uint8Array): StoredChat {
    for (const entry of this.#store.outbox.all(chat.number)) {
      this.#store.outbox.remove(entry.position);
      if (entry.outgoing.verb === "message") this.#chats.fail(chat, entry.outgoing.id, "identity-changed");
    }
    this.#contacts.change(partnerOf(chat.id), (contact) => noteChangedKey(contact, key));
    return this.apply(chat, { type: "key-changed" }) ?? chat;
  }

  /**
   * Marks the new conversation as current. Messages undelivered in the one it replaces are sent again in this one. Inside a
   * transaction. @returns as apply()
   */
  agreed(before: StoredChat, conversation: ConversationId): StoredChat | undefined {
    const chat = before.group.current === undefined ? before : this.#chats.takeBack(before);
    const agreed = this.apply(chat, { type: "agreed", conversation });
    if (agreed === undefined) return undefined;
    const [first] = agreed.group.unsealed ? this.#store.messages.unsealed(agreed.number, 1) : [];
    const undeliveredFrom = first?.position ?? this.#store.messages.newest() + 1;
    return this.#chats.change(agreed, {}, { undeliveredFrom });
  }

  /**
   * Adds the note of a request, which is the chat's first message from then on: for the requester when it was sent, for the
   * addressee once they have accepted. Inside a transaction.
   */
  addNote(chat: StoredChat, { id, text }: Omit<RequestText, "kind">, from: "me" | "partner"): StoredChat {
    const { messages } = this.#store;
    if (messages.find(chat.number, id) !== undefined) return chat;
    const seconds = chat.timer?.seconds ?? 0;
    const message = {
      ...{ id, at: Date.now(), body: { kind: "text", text } as const },
      ...(seconds > 0 && { expiry: dueFromNow(seconds) }),
    };
    if (from === "me")
      return this.#chats.append(chat, { ...message, author: this.#chats.self, state: "sent" }).chat;
    return this.#chats.append(chat, { ...message, author: partnerOf(chat.id) }).chat;
  }

  /** Says whether the other person is known by their requests alone: no key is pinned, and no chat was ever open. */
  isWithStranger(id: ChatId): boolean {
    const { phase = "none" } = this.#store.chats.get(id) ?? {};
    const { identityKey } = this.#contacts.get(partnerOf(id));
    return identityKey === undefined && (phase === "none" || phase === "invited");
  }

  #failUnsealed(chat: StoredChat, phase: ChatRecord["phase"]): StoredChat {
    if (!chat.group.unsealed) return chat;
    const code = phase === "key-changed" ? "identity-changed" : "no-conversation";
    for (const { id } of this.#store.messages.unsealed(chat.number)) this.#chats.fail(chat, id, code);
    return this.#chats.change(chat, {}, { unsealed: undefined });
  }
}
