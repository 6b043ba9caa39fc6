/** Builders of people, chats and messages, so that a test names only the values that matter to it. */

import { directChat } from "../../messenger/chats/direct.ts";
import type {
  Account,
  Chat,
  ChatMessage,
  Member,
  PendingRequest,
  Person,
  Shown,
} from "../../messenger/messenger.ts";
import { NetworkError } from "../../protocol/errors.ts";
import { newMessageId, username } from "../../protocol/names.ts";

export function aPerson(name: string, rest: Partial<Person> = {}): Person {
  return { name: username(name), online: true, trust: "unknown", fingerprint: "", ...rest };
}

/** Builds a chat with `peer`. @param rest values of the chat and of its other member */
export function aChat(peer: string, rest: Partial<Chat> & Partial<Member> = {}): Chat {
  const {
    name = username(peer),
    online = true,
    trust = "pinned",
    blocked = false,
    keyChange,
    ...chat
  } = rest;
  return {
    id: directChat(name),
    title: name,
    members: [{ name, online, trust, blocked, ...(keyChange !== undefined && { keyChange }) }],
    phase: "open",
    muted: "no",
    unread: 0,
    lastActivity: 1,
    draft: "",
    keep: "forever",
    timerSeconds: 0,
    ...chat,
  };
}

/** Builds a message by bob in the chat with him. */
export function aMessage(rest: Partial<ChatMessage> = {}): ChatMessage {
  return {
    id: newMessageId(),
    chat: directChat(username("bob")),
    author: username("bob"),
    at: 1,
    position: 1,
    body: { kind: "text", text: "hello" },
    ...rest,
  };
}

/** The values that make a message one by alice to bob. */
export const mine = {
  author: username("alice"),
  receivers: [{ person: username("bob"), state: "sent" }],
} as const satisfies Partial<ChatMessage>;

/** Builds the request of a chat in phase "invited". */
export function aRequest(rest: Partial<PendingRequest> = {}): PendingRequest {
  return { shown: "first" as Shown<"request">, fingerprint: "aa11 bb22", ...rest };
}

export const anAccount: Account = {
  name: username("alice"),
  host: "chat.example",
  port: 7750,
  fingerprint: "0011 2233",
  identityKey: new Uint8Array(32),
  shown: "alice" as Shown<"account">,
};

export const offline = {
  type: "waiting",
  retryAt: 0,
  error: new NetworkError("unreachable", "no route"),
} as const;
