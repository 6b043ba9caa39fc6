/** The shape of a command's row in table.ts, and the places that a command can be shown in. */
import { all, type Clause, type Condition, editorHas } from "./when.ts";

/** The status bar's menu: its groups, most urgent first. */
export const statusGroups = ["connection", "waiting", "chats", "you", "account", "help"] as const;
export type StatusGroup = (typeof statusGroups)[number];

/** The phases of a chat that the menu at the top of its page distinguishes. */
export type ChatCondition = "any" | "open";

export type Place =
  /** A menu of the manifest. `group` is the editor's: `name@order`. */
  | { readonly in: ManifestMenu; readonly group: string; readonly when: Clause; readonly inherits: boolean }
  | {
      readonly in: "statusMenu";
      readonly group: StatusGroup;
      readonly order: number;
      readonly when?: Condition;
    }
  /** The menu at the top of a chat's page. A separator stands between its groups. */
  | { readonly in: "chatMenu"; readonly group: number; readonly order: number; readonly chat: ChatCondition };

type ManifestMenu = "editor/title" | "webview/context" | "view/title" | "view/item/context";

export interface CommandRow {
  /** A product icon's id. */
  readonly icon: string;
  /** Where it can be used at all: in the palette, the view's title and the status bar's menu. Absent: everywhere. */
  readonly when?: Condition;
  /** Where it isn't greyed out. Absent: everywhere. */
  readonly enabled?: Clause;
  readonly places?: readonly Place[];
  readonly key?: {
    /** With ctrl, which is cmd on a Mac. */
    readonly press: string;
    /** In place of the row's own. */
    readonly when?: Clause;
  };
}

const inView = editorHas("view == parley.people");
const inChatPage = editorHas("webviewId == 'parley.chat'");
/** The active editor is a chat. */
export const chatActive = editorHas("activeWebviewPanelId == 'parley.chat'");

/** The Parley view's title. @param when beside the row's own */
export const title = (group: string, when?: Condition): Place => ({
  in: "view/title",
  group,
  when: when === undefined ? inView : all(inView, when),
  inherits: true,
});
/** A row of the Parley view. */
export const row = (group: string, when: Clause): Place => ({
  in: "view/item/context",
  group,
  when: all(inView, when),
  inherits: false,
});
export const editorTitle = (group: string): Place => ({
  in: "editor/title",
  group,
  when: chatActive,
  inherits: false,
});
/** The context menu in a chat's page. */
export const inPage = (group: string): Place => ({
  in: "webview/context",
  group,
  when: inChatPage,
  inherits: false,
});
/** The same, on a message. */
export const onMessage = (group: string, ...when: readonly Clause[]): Place => ({
  in: "webview/context",
  group,
  when: all(inChatPage, editorHas("webviewSection == 'message'"), ...when),
  inherits: false,
});
/** The status bar's menu. @param when beside the row's own */
export const status = (group: StatusGroup, order: number, when?: Condition): Place => ({
  in: "statusMenu",
  group,
  order,
  ...(when !== undefined && { when }),
});
export const chatMenu = (group: number, order: number, chat: ChatCondition = "any"): Place => ({
  in: "chatMenu",
  group,
  order,
  chat,
});
