/** Builds the shared parts of a messenger on a store, for tests of single parts. The account is alice's. */
import assert from "node:assert/strict";
import { EventEmitter } from "node:events";
import type { Client } from "../protocol/client/client.ts";
import { username } from "../protocol/names.ts";
import { Chats } from "./chats/chats.ts";
import { DirectChats } from "./chats/direct-chats.ts";
import { Contacts } from "./contacts/contacts.ts";
import type { Context } from "./context.ts";
import { Server } from "./delivery/server.ts";
import type { MessengerEmitter, MessengerEvents } from "./events.ts";
import { Conversations } from "./groups/conversations.ts";
import { Lanes } from "./lanes.ts";
import type { MessengerLog } from "./model.ts";
import { News } from "./news.ts";
import type { Store } from "./store/store.ts";

export const ALICE = username("alice");

interface Parts {
  readonly emitter?: MessengerEmitter;
  /** Absent: a log line fails the test. */
  readonly log?: MessengerLog;
  readonly client?: Client;
}

export function contextOver(store: Store, parts: Parts = {}): Context {
  const fail = (text: string) => assert.fail(text);
  const { emitter = new EventEmitter<MessengerEvents>(), client } = parts;
  const { log = { info: fail, debug: fail, warn: fail, error: fail } } = parts;
  const news = new News(emitter, store, log);
  const chats = new Chats(emitter, store, news, () => ALICE);
  const contacts = new Contacts(store, news);
  return {
    ...{ store, contacts, chats, log },
    direct: new DirectChats(store, chats, contacts, news),
    conversations: new Conversations(store, () => true),
    lanes: new Lanes(),
    me: () => assert.fail("nothing is signed here"),
    server: new Server(() => client),
  };
}
