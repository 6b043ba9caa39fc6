/** Ends requests and chats, on the user's decision: refuses a request, withdraws one, closes a chat. */
import { UsageError } from "../../protocol/errors.ts";
import type { Params } from "../calls.ts";
import { partnerOf } from "../chats/direct.ts";
import { type Context, chatOf } from "../context.ts";
import type { ChatId } from "../model.ts";
import { assertShown, shownRequest, shownStanding } from "../shown.ts";
import type { StoredChat } from "../store/chats.ts";
import type { Contact } from "./contact.ts";

export class Ending {
  readonly #context: Context;

  constructor(context: Context) {
    this.#context = context;
  }

  /** Sends REFUSE. @throws UsageError "request-changed", "wrong-state" */
  refuse({ chat: id, request }: Params<"refuse">): Promise<void> {
    return this.#end(id, "refuse", (chat, contact) =>
      assertShown(request, shownRequest(chat, contact), "request-changed"),
    );
  }

  /**
   * Sends NOTIFY: closes an open chat, withdraws a request, or cancels an agreement in progress.
   * @throws UsageError "chat-changed", "wrong-state"
   */
  closeChat({ chat: id, standing }: Params<"closeChat">): Promise<void> {
    return this.#end(id, "close", (chat, contact) =>
      assertShown(standing, shownStanding(chat, contact), "chat-changed"),
    );
  }

  /** Ends the chat's conversation or request. Does not wait for the server, since its answer changes nothing. */
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
