/** Writes opened messages, and findings about those that do not open, to the store. */
import type { Opened } from "../../protocol/e2ee/conversation.ts";
import type { ConversationId, MessageId, Username } from "../../protocol/names.ts";
import { dueFromNow } from "../chats/chats.ts";
import type { Context } from "../context.ts";
import type { Renewal } from "../groups/renewal.ts";
import { isChange, isShown, type SignalData, signalOf } from "../kinds/body.ts";
import { eventBody } from "../kinds/event.ts";
import type { StoredChat } from "../store/chats.ts";

/** The result of looking at a delivery. */
export type Arrival =
  /** `again`: it was here already, sealed otherwise: its sender does not know. */
  | { readonly type: "opened"; readonly opened: Opened; readonly again: boolean }
  /** The same bytes again: its sender does not know either, or the server has forgotten that we have it. */
  | { readonly type: "again" }
  /** It does not open with the keys that it should open with. */
  | { readonly type: "lost"; readonly conversation: ConversationId }
  /** It is not the thing it claims to be: somebody lies. */
  | { readonly type: "false" }
  /** Nothing that its sender does not know of. */
  | { readonly type: "nothing" };

export class ArrivalWriter {
  readonly #context: Context;
  readonly #renewal: Renewal;

  constructor(context: Context, renewal: Renewal) {
    this.#context = context;
    this.#renewal = renewal;
  }

  /** Writes the arrival. Inside the batch's transaction. */
  write(before: StoredChat, id: MessageId, arrival: Arrival): StoredChat {
    const { store, chats } = this.#context;
    switch (arrival.type) {
      case "nothing":
        return before;
      case "lost":
        return this.#renewal.reportUnreadable(before, arrival.conversation);
      case "false":
        if (!store.received.noteUnopened(before.number, id)) return before;
        return chats.addEvent(before, eventBody("undecryptable"));
      case "again":
        store.received.oweAgain(before.number, id);
        return before;
      case "opened":
        if (arrival.again) {
          store.received.oweAgain(before.number, id);
          return before;
        }
        return this.#writeOpened(before, id, arrival.opened);
    }
  }

  #writeOpened(before: StoredChat, id: MessageId, { sender, content, order }: Opened): StoredChat {
    const { store, chats } = this.#context;
    store.received.forgetUnopened(before.number, id);
    if (content === undefined) {
      // Their self-update: the conversation's next state is all of it.
      store.received.noteUnshown(before.number, id, "never");
      return before;
    }
    let chat = before;
    // Any kind can show that a message is missing. That it comes late itself matters only where it is shown.
    if (order.type === "ahead") chat = chats.addEvent(chat, eventBody("missing", sender));
    if (order.type === "late" && isShown(content)) chat = chats.addEvent(chat, eventBody("late"));
    if (content.kind === "not-understood") return this.#addNotUnderstood(chat, id, sender);
    const { sentAt, expirySeconds, level: _level, replyTo, thread, via, ...data } = content;
    if (!isShown(data) && !isChange(data)) return this.#act(chat, id, sender, data);
    const at = Math.min(sentAt, Date.now()); // not later than now: it has arrived
    const expiry = expirySeconds === undefined ? undefined : dueFromNow(expirySeconds);
    const message = { id, author: sender, at, ...(sentAt > at && { claimedAt: sentAt }), expiry };
    return isChange(data)
      ? chats.amend(chat, { ...message, body: data })
      : chats.append(chat, { ...message, body: data, replyTo, thread, via }).chat;
  }

  #act(before: StoredChat, id: MessageId, sender: Username, signal: SignalData): StoredChat {
    const { store, chats, contacts } = this.#context;
    let chat = before;
    const understood = signalOf(signal).act(signal, {
      noteReceipt: (ids, receipt) => chats.noteReceipts(chat, ids, sender, receipt),
      setTimer: (timer) => {
        const next = chats.setTimer(chat, timer, sender);
        chat = next ?? chat;
        return next !== undefined;
      },
      setProfile: (profile) => {
        if (profile.version > (contacts.get(sender).profile?.version ?? 0))
          contacts.change(sender, (contact) => ({ ...contact, profile }));
      },
    });
    if (!understood) return this.#addNotUnderstood(chat, id, sender);
    store.received.noteUnshown(chat.number, id, "never");
    return chat;
  }

  #addNotUnderstood(chat: StoredChat, id: MessageId, sender: Username): StoredChat {
    const { chats } = this.#context;
    const body = { kind: "not-understood" } as const;
    return chats.append(chat, { id, author: sender, at: Date.now(), body }).chat;
  }
}
