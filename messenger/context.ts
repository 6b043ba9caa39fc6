/** The values that all parts of a messenger share while a store is open. */
import { UsageError } from "../protocol/errors.ts";
import type { Identity } from "../protocol/identity/identity.ts";
import type { Username } from "../protocol/names.ts";
import type { Chats } from "./chats/chats.ts";
import type { DirectChats } from "./chats/direct-chats.ts";
import type { Contacts } from "./contacts/contacts.ts";
import type { Server } from "./delivery/server.ts";
import type { Conversations } from "./groups/conversations.ts";
import type { Lanes } from "./lanes.ts";
import type { ChatId, MessengerLog } from "./model.ts";
import type { StoredChat } from "./store/chats.ts";
import type { Store } from "./store/store.ts";

export interface Me {
  readonly name: Username;
  readonly identity: Identity;
  /** The fingerprint of the server's CA. */
  readonly server: Uint8Array;
}

export interface Context {
  readonly store: Store;
  readonly contacts: Contacts;
  readonly chats: Chats;
  readonly direct: DirectChats;
  readonly conversations: Conversations;
  /** One lane for each chat. */
  readonly lanes: Lanes<ChatId>;
  readonly log: MessengerLog;
  /** Returns the account. @throws UsageError "wrong-state" if there is none */
  me(): Me;
  readonly server: Server;
}

/** @returns the chat as it is stored. @throws UsageError "wrong-state" if there is none */
export function chatOf(store: Store, id: ChatId): StoredChat {
  const chat = store.chats.get(id);
  if (chat === undefined) throw new UsageError("wrong-state", `There is no chat ${id}`);
  return chat;
}
