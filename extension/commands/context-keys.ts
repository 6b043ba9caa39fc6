/** The context keys that the extension sets, and the words of a tree row's `viewItem`. */
import type { MessengerState } from "../../messenger/model.ts";
import type { ParleyCode } from "../../protocol/errors.ts";

/** The keys that a condition may ask for, with the type of each. */
export interface ContextKeys {
  "parley.state": MessengerState["type"] | "starting" | "failed";
  /** With "waiting", "stopped" and "failed": the error's code. */
  "parley.reason": ParleyCode | "";
  "parley.side": "same" | "local" | "remote";
  "parley.hasAccount": boolean;
  "parley.hasLock": boolean;
  /** Numbers of people, of each kind. */
  "parley.othersOnline": number;
  "parley.requests": number;
  "parley.chats": number;
  "parley.openChats": number;
  /** Of those: both sides have the keys. */
  "parley.establishedChats": number;
  "parley.unreadChats": number;
  "parley.changedKeys": number;
  /** People whose key is known and hasn't changed: they have a safety number. */
  "parley.pinnedKeys": number;
  "parley.verifiedKeys": number;
  "parley.blockedPeople": number;
  /** People blocked according to the server, and not blocked here. */
  "parley.claimedBlocks": number;
}
export const contextKeyIds = [
  "parley.state",
  "parley.reason",
  "parley.side",
  "parley.hasAccount",
  "parley.hasLock",
  "parley.othersOnline",
  "parley.requests",
  "parley.chats",
  "parley.openChats",
  "parley.establishedChats",
  "parley.unreadChats",
  "parley.changedKeys",
  "parley.pinnedKeys",
  "parley.verifiedKeys",
  "parley.blockedPeople",
  "parley.claimedBlocks",
] as const satisfies readonly (keyof ContextKeys)[];

/** Keys that are set when the user first does something: steps of the walkthrough ask for them. */
export const deedKeyIds = ["parley.hasInvited", "parley.hasWritten"] as const;
export type DeedKey = (typeof deedKeyIds)[number];
export type DeedKeys = { readonly [Id in DeedKey]: true };

/** The words a tree row's `viewItem` is made of; menus ask for them one by one, as in `viewItem =~ /\\bonline\\b/`. */
export const rowFlags = [
  "person",
  "request",
  "online",
  "open",
  "pinned",
  "changed",
  "blocked",
  "claimed",
] as const;
export type RowFlag = (typeof rowFlags)[number];
