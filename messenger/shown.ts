/**
 * The state on screen when a person decided, as a value that goes with the decision to the messenger, which compares it
 * with the state by then. A name alone is no consent: behind it the request, the key or the account may be another.
 */
import { UsageError } from "../protocol/errors.ts";
import type { Contact } from "./contacts/contact.ts";
import type { Account, Shown, ShownKind } from "./model.ts";
import type { StoredChat } from "./store/chats.ts";

/** @returns their request that waits for an answer: which one, and by which key; undefined where none waits */
export function shownRequest(
  { phase, askedBy, group }: StoredChat,
  contact: Contact,
): Shown<"request"> | undefined {
  if (phase !== "invited" || group.pending === undefined) return undefined;
  return as(group.pending, key(askedBy ?? contact.identityKey));
}

/** @returns the pinned key and the other one that came in its place; undefined where none did */
export function shownKeyChange(contact: Contact): Shown<"key-change"> | undefined {
  return contact.changedTo && as(key(contact.identityKey), key(contact.changedTo));
}

/**
 * @returns the request or chat that closing would end: a request of ours, or the chat with the holder of that key, however often its
 * conversation is renewed; undefined where there is nothing to close
 */
export function shownStanding({ phase, group }: StoredChat, contact: Contact): Shown<"standing"> | undefined {
  switch (phase) {
    case "requested":
      return as("asked", group.pending ?? "");
    case "establishing":
    case "open":
      return as("talking", key(contact.identityKey));
    case "none":
    case "invited":
    case "closed-by-me":
    case "closed-by-peer":
    case "key-changed":
      return undefined;
  }
}

/** @returns the account: its name and its server */
export function shownAccount(
  { name, host, port, identityKey }: Omit<Account, "shown">,
  caFingerprint: Uint8Array,
): Shown<"account"> {
  return as(name, host, String(port), key(identityKey), key(caFingerprint));
}

/**
 * @param now the present state; undefined: nothing of the kind
 * @throws UsageError `code` where it is something else, "wrong-state" where it is nothing
 */
export function assertShown<Kind extends ShownKind>(
  seen: Shown<Kind>,
  now: Shown<Kind> | undefined,
  code: "request-changed" | "key-changed-again" | "number-changed" | "chat-changed" | "account-changed",
): void {
  if (now === undefined) throw new UsageError("wrong-state", "What was decided about is no more");
  if (seen !== now) throw new UsageError(code, "The decision was about something else");
}

function as<Kind extends ShownKind>(...parts: readonly string[]): Shown<Kind> {
  return parts.join("/") as Shown<Kind>;
}

function key(bytes: Uint8Array | undefined): string {
  return bytes === undefined ? "" : Buffer.from(bytes).toString("base64url");
}
