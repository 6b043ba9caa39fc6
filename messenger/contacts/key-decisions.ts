/** The user's decisions about a person's key: verified or not, and whether to trust a changed key. */
import { UsageError } from "../../protocol/errors.ts";
import type { Username } from "../../protocol/names.ts";
import type { Params } from "../calls.ts";
import { directChat } from "../chats/direct.ts";
import { type Context, chatOf } from "../context.ts";
import type { Shown } from "../model.ts";
import { assertShown, shownKeyChange } from "../shown.ts";
import type { StoredChat } from "../store/chats.ts";
import { acceptChangedKey, type Contact, keepPinnedKey, markVerified } from "./contact.ts";

export class KeyDecisions {
  readonly #context: Context;

  constructor(context: Context) {
    this.#context = context;
  }

  /** Marks a person as verified or not. @throws UsageError "wrong-state" for a person without a contact */
  setVerified(name: Username, verified: boolean): void {
    const { store, contacts } = this.#context;
    if (store.contacts.get(name) === undefined)
      throw new UsageError("wrong-state", `No key of ${name} is known`);
    store.transaction(() => contacts.change(name, (contact) => markVerified(contact, verified)));
  }

  /** Pins the changed key and deletes the conversations with the old one. @throws UsageError "key-changed-again", "wrong-state" */
  acceptNewKey({ peer: name, change }: Params<"acceptNewKey">): void {
    const { store, conversations } = this.#context;
    store.transaction(() => {
      const chat = this.#decide(name, change, "key-accepted", acceptChangedKey);
      conversations.drop(chat.number);
    });
  }

  /** Keeps the pinned key, and its conversation if one was open. @throws UsageError "key-changed-again", "wrong-state" */
  keepOldKey({ peer: name, change }: Params<"keepOldKey">): void {
    this.#context.store.transaction(() => this.#decide(name, change, "key-kept", keepPinnedKey));
  }

  /** Settles a changed key. Called inside a transaction. */
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
}
