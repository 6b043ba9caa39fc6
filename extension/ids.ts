/** Names that the code shares with the manifest, except context keys (commands/). A test compares both directions. */
import type { Keep, Muted } from "../messenger/model.ts";
import { type CommandName, commandTable } from "./commands/table.ts";

export const EXTENSION_ID = "parley-chat.parley";

export const Command = Object.fromEntries(
  Object.keys(commandTable).map((name) => [name, `parley.${name}`]),
) as { readonly [Name in CommandName]: `parley.${Name}` };
export type CommandId = (typeof Command)[keyof typeof Command];

export const View = { container: "parley", people: "parley.people" } as const;

/** The walkthrough's id, in the form that VS Code's commands take. */
export const WALKTHROUGH = `${EXTENSION_ID}#start`;

/** The view type of chat panels, which the manifest does not declare. */
export const CHAT_PANEL = "parley.chat";

export const TASK_TYPE = "parley";
export const PROBLEM_MATCHER = "$parley-server";

/** The settings, with the types that the manifest declares. */
export interface Settings {
  "parley.autoConnect": boolean;
  "parley.notifications": "off" | "senderOnly" | "withContent";
  "parley.sendReadReceipts": boolean;
  "parley.acceptInvited": boolean;
  "parley.showLastMessage": boolean;
  "parley.newChats.keepMessages": Keep;
  "parley.newChats.disappearAfter": "off" | "5m" | "1h" | "8h" | "1d" | "7d" | "28d";
  "parley.newChats.mute": Muted;
  "parley.files.downloadByItself": "never" | "pictures";
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
  "parley.files.downloadByItself",
] as const satisfies readonly (keyof Settings)[];
