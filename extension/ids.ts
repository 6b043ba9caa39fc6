/** Names that the code shares with the manifest, except context keys (commands/). A test compares both directions. */
import type { Keep, Muted } from "../messenger/model.ts";
import { type CommandName, commandTable } from "./commands/table.ts";

export const EXTENSION_ID = "parley-chat.parley";

export const Command = Object.fromEntries(
  Object.keys(commandTable).map((name) => [name, `parley.${name}`]),
) as { readonly [Name in CommandName]: `parley.${Name}` };
export type CommandId = (typeof Command)[keyof typeof Command];

/** The view type of chat tabs, which the manifest does not declare. */
export const CHAT_PANEL = "parley.chat";

export const View = {
  container: "parley",
  people: "parley.people",
  /** In the secondary side bar: the list of chats or, in its place, one chat. */
  sideContainer: "parley-chats",
  chatList: "parley.chatList",
  /** The same as the tabs' view type, so that one condition covers a chat's page in both places. */
  chat: CHAT_PANEL,
} as const;

/** The walkthrough's id, in the form that VS Code's commands take. */
export const WALKTHROUGH = `${EXTENSION_ID}#start`;

export const TASK_TYPE = "parley";
export const PROBLEM_MATCHER = "$parley-server";

/** The settings, with the types that the manifest declares. */
export interface Settings {
  "parley.autoConnect": boolean;
  "parley.notifications": "off" | "senderOnly" | "withContent";
  "parley.sendReadReceipts": boolean;
  "parley.typing": boolean;
  "parley.acceptInvited": boolean;
  "parley.showLastMessage": boolean;
  "parley.openChatsIn": "editor" | "sideBar";
  "parley.newChats.keepMessages": Keep;
  "parley.newChats.disappearAfter": "off" | "5m" | "1h" | "8h" | "1d" | "7d" | "28d";
  "parley.newChats.mute": Muted;
  "parley.files.downloadByItself": "never" | "pictures";
}
export const settingIds = [
  "parley.autoConnect",
  "parley.notifications",
  "parley.sendReadReceipts",
  "parley.typing",
  "parley.acceptInvited",
  "parley.showLastMessage",
  "parley.openChatsIn",
  "parley.newChats.keepMessages",
  "parley.newChats.disappearAfter",
  "parley.newChats.mute",
  "parley.files.downloadByItself",
] as const satisfies readonly (keyof Settings)[];
