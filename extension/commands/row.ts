/** The type of a row in table.ts, and the menus that can show a command. */
import { SIDE_FOCUS_KEY } from "./context-keys.ts";
import { all, type Clause, type Condition, editorHas, not } from "./when.ts";

/** The groups of the status bar's menu, most urgent first. */
export const statusGroups = ["connection", "waiting", "chats", "you", "account", "help"] as const;
export type StatusGroup = (typeof statusGroups)[number];

/** The conditions of the menu at the top of a chat's page: the chat's phase, and where the page is shown. */
export type ChatCondition = "any" | "open" | "inEditor" | "inSideBar";

export type Place =
  /** A menu of the manifest. `group` is the editor's: `name@order`. */
  | { readonly in: ManifestMenu; readonly group: string; readonly when: Clause; readonly inherits: boolean }
  | {
      readonly in: "statusMenu";
      readonly group: StatusGroup;
      readonly order: number;
      readonly when?: Condition;
    }
  /** The menu at the top of a chat's page. Groups are divided by separators. */
  | { readonly in: "chatMenu"; readonly group: number; readonly order: number; readonly chat: ChatCondition };

type ManifestMenu =
  | "editor/title"
  | "explorer/context"
  | "webview/context"
  | "view/title"
  | "view/item/context";

export interface CommandRow {
  /** Id of a VS Code product icon. */
  readonly icon: string;
  /** When the palette, the view's title and the status bar's menu show it. Absent: always. */
  readonly when?: Condition;
  /** When it is enabled (the manifest's `enablement`). Absent: always. */
  readonly enabled?: Clause;
  readonly places?: readonly Place[];
  readonly key?: {
    /** The keybinding, with ctrl, which becomes cmd on macOS. */
    readonly press: string;
    /** The keybinding's condition. Absent: the row's `when`. */
    readonly when?: Clause;
  };
}

const inView = editorHas("view == parley.people");
/** Rows are the same in the list of chats. */
const onRow = editorHas("view =~ /^parley\\.(people|chatList)$/");
const inChatPage = editorHas("webviewId == 'parley.chat'");
/** True while the active editor is a chat. */
const chatActive = editorHas("activeWebviewPanelId == 'parley.chat'");
const elsewhere = ["sideBar", "panel", "terminal", "list", "input"].map((part) =>
  not(editorHas(`${part}Focus`)),
);
/** True while the page of a chat in an editor tab has the focus. Other parts of the window have their own Find. */
export const pageFocused = all(chatActive, not(editorHas("auxiliaryBarFocus")), ...elsewhere);
/** True while the chat in the side bar has the focus. Its page reports late that the focus went to another part. */
export const sideChatFocused = all(editorHas(SIDE_FOCUS_KEY), not(editorHas("editorFocus")), ...elsewhere);

/** Places a command in the Parley view's title. @param when in addition to the row's own condition */
export const title = (group: string, when?: Condition): Place => ({
  in: "view/title",
  group,
  when: when === undefined ? inView : all(inView, when),
  inherits: true,
});
/** Places a command in the title of the chat in the side bar. */
export const sideTitle = (group: string): Place => ({
  in: "view/title",
  group,
  when: editorHas("view == parley.chat"),
  inherits: false,
});
/** Places a command on rows of the Parley view and of the list of chats. */
export const row = (group: string, when: Clause): Place => ({
  in: "view/item/context",
  group,
  when: all(onRow, when),
  inherits: false,
});
export const editorTitle = (group: string, ...when: readonly Clause[]): Place => ({
  in: "editor/title",
  group,
  when: all(chatActive, ...when),
  inherits: false,
});
/** Places a command in the context menu of files in the editor's explorer. */
export const onFile = (group: string): Place => ({
  in: "explorer/context",
  group,
  when: not(editorHas("explorerResourceIsFolder")),
  inherits: true,
});
/** Places a command in the context menu of a chat's page. */
export const inPage = (group: string): Place => ({
  in: "webview/context",
  group,
  when: inChatPage,
  inherits: false,
});
/** Places a command in the context menu of a message. */
export const onMessage = (group: string, ...when: readonly Clause[]): Place => ({
  in: "webview/context",
  group,
  when: all(inChatPage, editorHas("webviewSection == 'message'"), ...when),
  inherits: false,
});
/** Places a command in the status bar's menu. @param when in addition to the row's own condition */
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
