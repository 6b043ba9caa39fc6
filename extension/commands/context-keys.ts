/** The context keys that the extension sets, and the flags in a tree row's `viewItem`. */
import type { MessengerState } from "../../messenger/model.ts";
import type { ParleyCode } from "../../protocol/errors.ts";

/** The keys that a condition can use, with the type of each value. */
export interface ContextKeys {
  "parley.state": MessengerState["type"] | "starting" | "failed";
  /** With "waiting", "stopped" and "failed": the error's code. */
  "parley.reason": ParleyCode | "";
  "parley.side": "same" | "local" | "remote";
  "parley.hasAccount": boolean;
  "parley.hasLock": boolean;
  /** This and the following keys are numbers of people or chats. */
  "parley.othersOnline": number;
  "parley.requests": number;
  "parley.chats": number;
  "parley.openChats": number;
  /** Chats whose conversation is established: both sides have its keys. */
  "parley.establishedChats": number;
  "parley.unreadChats": number;
  "parley.changedKeys": number;
  /** People whose key is known and hasn't changed: they have a safety number. */
  "parley.pinnedKeys": number;
  "parley.verifiedKeys": number;
  "parley.blockedPeople": number;
  /** People whom the server lists as blocked and this store does not. */
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

/** Keys that are set when the user first does something. They complete steps of the walkthrough. */
export const deedKeyIds = ["parley.hasInvited", "parley.hasWritten"] as const;
export type DeedKey = (typeof deedKeyIds)[number];
export type DeedKeys = { readonly [Id in DeedKey]: true };

/** Whether the secondary side bar shows a chat in place of the list. */
export const SIDE_CHAT_KEY = "parley.chatInSideBar";
/** Whether that chat's page has the focus. VS Code's `focusedView` is empty while a page inside a view has the focus. */
export const SIDE_FOCUS_KEY = "parley.sideChatFocused";

/** The flags in a tree row's `viewItem`. A menu tests for one of them, as in `viewItem =~ /\\bonline\\b/`. */
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
