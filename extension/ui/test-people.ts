/** Builders for tests: a test names only the values that matter to it. */

import type { Account, Chat, PendingRequest, Person, Shown } from "../../messenger/messenger.ts";
import { NetworkError } from "../../protocol/errors.ts";
import { username } from "../../protocol/names.ts";

export function aPerson(name: string, rest: Partial<Person> = {}): Person {
  return { name: username(name), online: true, trust: "unknown", fingerprint: "", ...rest };
}

export function aChat(peer: string, rest: Partial<Chat> = {}): Chat {
  return {
    peer: username(peer),
    phase: "open",
    online: true,
    trust: "pinned",
    blocked: false,
    muted: "no",
    unread: 0,
    lastActivity: 1,
    draft: "",
    keep: "forever",
    timerSeconds: 0,
    ...rest,
  };
}

/** Builds an invited chat's request. */
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
