/**
 * Encodes the state on screen when a user decides. It is sent with the decision, and the messenger compares it with the present state. A
 * name alone is not enough: the request, the key or the account under that name may have changed meanwhile.
 */
import { UsageError } from "../protocol/errors.ts";
import type { Contact } from "./contacts/contact.ts";
import type { Account, Shown, ShownKind } from "./model.ts";
import type { StoredChat } from "./store/chats.ts";

/** @returns the unanswered request: its conversation and the key that signed it; undefined if there is none */
export function shownRequest(
  { phase, askedBy, group }: StoredChat,
  contact: Contact,
): Shown<"request"> | undefined {
  if (phase !== "invited" || group.pending === undefined) return undefined;
  return as(group.pending, key(askedBy ?? contact.identityKey));
}

/** @returns the pinned key and the changed one; undefined if the key has not changed */
export function shownKeyChange(contact: Contact): Shown<"key-change"> | undefined {
  return contact.changedTo && as(key(contact.identityKey), key(contact.changedTo));
}

/**
 * @returns the request or chat that closing would end: the user's own request, or the chat with the holder of that key, which stays the
 * same over renewals; undefined if there is nothing to close
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
 * Compares the state on screen with the present one.
 * @param now the present state; undefined if there is nothing to decide about
 * @throws UsageError `code` if the state differs, "wrong-state" if there is none
 */
export function assertShown<Kind extends ShownKind>(
  seen: Shown<Kind>,
  now: Shown<Kind> | undefined,
  code: "request-changed" | "key-changed-again" | "number-changed" | "chat-changed" | "account-changed",
): void {
  if (now === undefined)
    throw new UsageError("wrong-state", "The state that the decision was about no longer exists");
  if (seen !== now) throw new UsageError(code, "The state has changed since the decision");
}

function as<Kind extends ShownKind>(...parts: readonly string[]): Shown<Kind> {
  return parts.join("/") as Shown<Kind>;
}

function key(bytes: Uint8Array | undefined): string {
  return bytes === undefined ? "" : Buffer.from(bytes).toString("base64url");
}
