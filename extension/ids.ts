/** The names that this extension shares with its manifest; context keys are in commands/. A test compares the two in both directions. */
import type { Keep, Muted } from "../messenger/model.ts";
import { type CommandName, commandTable } from "./commands/table.ts";

export const EXTENSION_ID = "parley-chat.parley";

export const Command = Object.fromEntries(
  Object.keys(commandTable).map((name) => [name, `parley.${name}`]),
) as { readonly [Name in CommandName]: `parley.${Name}` };
export type CommandId = (typeof Command)[keyof typeof Command];

export const View = { container: "parley", people: "parley.people" } as const;

/** As the editor's command for it names it. */
export const WALKTHROUGH = `${EXTENSION_ID}#start`;

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
