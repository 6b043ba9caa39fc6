/** Every name this extension shares with its manifest. A test compares the two in both directions. */
import type { Keep, Muted } from "../messenger/model.ts";

export const EXTENSION_ID = "parley-chat.parley";

export const Command = {
  joinWithInvite: "parley.joinWithInvite",
  startServerHere: "parley.startServerHere",
  signIn: "parley.signIn",
  useHere: "parley.useHere",
  signOut: "parley.signOut",
  reconnect: "parley.reconnect",
  forgetAccount: "parley.forgetAccount",
  backUp: "parley.backUp",
  restoreFromBackup: "parley.restoreFromBackup",
  saveRecoveryFile: "parley.saveRecoveryFile",
  startAnew: "parley.startAnew",
  lockWithPassphrase: "parley.lockWithPassphrase",
  lockNow: "parley.lockNow",
  unlock: "parley.unlock",
  removeLock: "parley.removeLock",
  inviteSomeone: "parley.inviteSomeone",
  requestToTalk: "parley.requestToTalk",
  accept: "parley.accept",
  refuse: "parley.refuse",
  block: "parley.block",
  unblock: "parley.unblock",
  blockedPeople: "parley.blockedPeople",
  keepBlock: "parley.keepBlock",
  liftBlock: "parley.liftBlock",
  mute: "parley.mute",
  appearOffline: "parley.appearOffline",
  doNotDisturb: "parley.doNotDisturb",
  open: "parley.open",
  nextUnread: "parley.nextUnread",
  answerRequest: "parley.answerRequest",
  openChat: "parley.openChat",
  closeChat: "parley.closeChat",
  verifySafetyNumber: "parley.verifySafetyNumber",
  acceptNewKey: "parley.acceptNewKey",
  keepOldKey: "parley.keepOldKey",
  searchMessages: "parley.searchMessages",
  searchChat: "parley.searchChat",
  goToDate: "parley.goToDate",
  goToFirstUnread: "parley.goToFirstUnread",
  exportChat: "parley.exportChat",
  deleteHistory: "parley.deleteHistory",
  keepMessages: "parley.keepMessages",
  setTimer: "parley.setTimer",
  showMenu: "parley.showMenu",
  showLog: "parley.showLog",
  copyMessageText: "parley.copyMessageText",
  copyMessageMarkdown: "parley.copyMessageMarkdown",
  messageDetails: "parley.messageDetails",
  retryMessage: "parley.retryMessage",
} as const;
export type CommandId = (typeof Command)[keyof typeof Command];

export const View = { container: "parley", people: "parley.people" } as const;

/** Made by the extension, not declared: the type of the chat panels' webviews. */
export const CHAT_PANEL = "parley.chat";

export const TASK_TYPE = "parley";
export const PROBLEM_MATCHER = "$parley-server";

/** Settings with the type that the manifest promises. */
export interface Settings {
  "parley.autoConnect": boolean;
  "parley.notifications": "off" | "senderOnly" | "withContent";
  "parley.sendReadReceipts": boolean;
  "parley.acceptInvited": boolean;
  "parley.showLastMessage": boolean;
  "parley.newChats.keepMessages": Keep;
  "parley.newChats.disappearAfter": "off" | "5m" | "1h" | "8h" | "1d" | "7d" | "28d";
  "parley.newChats.mute": Muted;
}
export const settingIds = [
  "parley.autoConnect",
  "parley.notifications",
  "parley.sendReadReceipts",
  "parley.acceptInvited",
  "parley.showLastMessage",
  "parley.newChats.keepMessages",
  "parley.newChats.disappearAfter",
  "parley.newChats.mute",
] as const satisfies readonly (keyof Settings)[];

/** The keys that `when` clauses of the manifest may test, with the type of each. */
export interface ContextKeys {
  /** A HostState's type. */
  "parley.state": string;
  /** With "stopped" and "waiting": the error's code. */
  "parley.reason": string;
  /** A Side's type. */
  "parley.side": string;
  "parley.hasAccount": boolean;
  "parley.hasLock": boolean;
  /** Numbers of people, of each kind. */
  "parley.othersOnline": number;
  "parley.requests": number;
  "parley.chats": number;
  "parley.openChats": number;
  "parley.changedKeys": number;
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
  "parley.changedKeys",
  "parley.claimedBlocks",
] as const satisfies readonly (keyof ContextKeys)[];

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
