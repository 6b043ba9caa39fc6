/**
 * The table of commands: icon, conditions, menus and keybinding of each. `npm run generate` writes the manifest's commands, menus and
 * keybindings from it. The status bar's menu and the menu at the top of a chat read it at run time.
 */
import {
  type CommandRow,
  chatMenu,
  editorTitle,
  inPage,
  onFile,
  onMessage,
  pageFocused,
  row,
  sideChatFocused,
  sideTitle,
  status,
  title,
} from "./row.ts";
import { all, any, editorHas, is, isNot, isOneOf, isSome, isTrue, never, not, rowIs } from "./when.ts";

const joined = isTrue("parley.hasAccount");
const noAccount = is("parley.state", "no-account");
const online = is("parley.state", "online");
const signedIn = isNot("parley.state", "signed-out");
const notLocked = isNot("parley.reason", "locked");
const hasChats = isSome("parley.chats");
const hasOpenChats = isSome("parley.openChats");
const hasRequests = isSome("parley.requests");
const hasChangedKeys = isSome("parley.changedKeys");
const hasClaims = isSome("parley.claimedBlocks");
const canOpenChat = any(hasChats, isSome("parley.othersOnline"));

const aPerson = rowIs("person");
const aRequest = rowIs("request");
const anOpenChat = rowIs("open");
const aClaim = rowIs("claimed");
const aChangedKey = rowIs("changed");
const askable = all(rowIs("online"), not(anOpenChat), not(aChangedKey));

const hasText = editorHas("hasText");

export const commandTable = {
  joinWithInvite: { icon: "key", when: not(joined), places: [status("connection", 1, noAccount)] },
  startServerHere: {
    icon: "server-process",
    enabled: editorHas("isWorkspaceTrusted"),
    places: [title("2_server@1", isNot("parley.side", "local")), status("connection", 2, noAccount)],
  },
  signIn: {
    icon: "sign-in",
    when: all(joined, isOneOf("parley.state", "signed-out", "stopped")),
    places: [
      title("navigation@1", is("parley.state", "signed-out")),
      status("connection", 4, is("parley.state", "signed-out")),
    ],
  },
  useHere: {
    icon: "sign-in",
    when: all(is("parley.state", "stopped"), is("parley.reason", "superseded")),
  },
  signOut: {
    icon: "sign-out",
    when: all(joined, signedIn),
    places: [title("1_account@1"), status("account", 1)],
  },
  reconnect: {
    icon: "refresh",
    when: isOneOf("parley.state", "waiting", "stopped", "failed"),
    places: [title("navigation@1", notLocked), status("connection", 5)],
  },
  forgetAccount: {
    icon: "trash",
    when: any(joined, is("parley.reason", "locked")),
    places: [title("1_account@2", joined), status("account", 5, joined)],
  },
  backUp: { icon: "save", when: joined, places: [title("1_account@3"), status("account", 4)] },
  restoreFromBackup: {
    icon: "cloud-download",
    places: [
      title("1_account@4", all(isNot("parley.state", "failed"), isNot("parley.state", "starting"))),
      status("connection", 3, noAccount),
    ],
  },
  saveRecoveryFile: { icon: "key", when: joined },
  startAnew: { icon: "new-file", when: isOneOf("parley.reason", "keys-missing", "keys-wrong") },
  lockWithPassphrase: {
    icon: "lock",
    when: joined,
    places: [
      title("1_account@5", not(isTrue("parley.hasLock"))),
      status("account", 2, not(isTrue("parley.hasLock"))),
    ],
  },
  lockNow: {
    icon: "lock",
    when: all(isTrue("parley.hasLock"), notLocked),
    places: [title("1_account@5"), status("account", 3, joined)],
  },
  unlock: { icon: "unlock", when: isOneOf("parley.reason", "locked", "lock-removed", "secret-unsealed") },
  removeLock: { icon: "unlock", when: all(isTrue("parley.hasLock"), joined) },
  inviteSomeone: {
    icon: "person-add",
    when: joined,
    enabled: online,
    places: [title("navigation@3"), status("chats", 4, online)],
  },
  requestToTalk: {
    icon: "comment",
    when: joined,
    enabled: online,
    places: [
      title("navigation@2"),
      row("inline@1", askable),
      row("1_talk@1", askable),
      status("chats", 3, all(online, isSome("parley.othersOnline"))),
    ],
  },
  accept: {
    icon: "check",
    when: hasRequests,
    enabled: online,
    places: [row("inline@1", aRequest), row("1_answer@1", aRequest)],
  },
  refuse: {
    icon: "close",
    when: hasRequests,
    enabled: online,
    places: [row("inline@2", aRequest), row("1_answer@2", aRequest)],
  },
  block: {
    icon: "circle-slash",
    when: joined,
    places: [row("3_block@1", all(rowIs("person", "request"), not(rowIs("blocked"))))],
  },
  unblock: { icon: "circle", when: never, enabled: online, places: [row("3_block@1", rowIs("blocked"))] },
  blockedPeople: {
    icon: "circle-slash",
    when: joined,
    places: [status("chats", 7, isSome("parley.blockedPeople"))],
  },
  keepBlock: {
    icon: "circle-slash",
    when: hasClaims,
    places: [row("inline@1", aClaim), row("3_block@1", aClaim), status("waiting", 3)],
  },
  liftBlock: {
    icon: "circle",
    when: hasClaims,
    enabled: online,
    places: [row("inline@2", aClaim), row("3_block@2", aClaim), status("waiting", 4)],
  },
  mute: { icon: "bell-slash", when: hasChats, places: [row("3_block@0", aPerson), chatMenu(1, 3)] },
  appearOffline: {
    icon: "eye-closed",
    when: joined,
    enabled: online,
    places: [status("you", 2, online)],
  },
  editProfile: { icon: "account", when: joined, places: [status("you", 3)] },
  doNotDisturb: { icon: "bell-slash", when: joined, places: [status("you", 1)] },
  open: { icon: "comment-discussion", key: { press: "ctrl+k ctrl+y" } },
  nextUnread: {
    icon: "arrow-down",
    when: joined,
    places: [status("waiting", 5, isSome("parley.unreadChats"))],
    key: { press: "ctrl+k ctrl+g" },
  },
  answerRequest: {
    icon: "comment-unresolved",
    when: hasRequests,
    enabled: online,
    places: [status("waiting", 1)],
    key: { press: "ctrl+k ctrl+shift+y" },
  },
  openChat: {
    icon: "comment-discussion",
    when: canOpenChat,
    places: [row("1_talk@2", aPerson), status("chats", 1, hasChats)],
    key: { press: "ctrl+k ctrl+shift+g" },
  },
  closeChat: {
    icon: "circle-slash",
    when: hasOpenChats,
    places: [row("1_talk@3", anOpenChat), status("chats", 6), chatMenu(4, 1, "open")],
  },
  backToChats: {
    icon: "arrow-left",
    when: joined,
    key: { press: "ctrl+k ctrl+b", when: sideChatFocused },
  },
  moveChatToEditor: {
    icon: "go-to-file",
    when: hasChats,
    places: [sideTitle("navigation@5"), chatMenu(3, 1, "inSideBar")],
  },
  moveChatToSideBar: {
    icon: "layout-sidebar-right",
    when: hasChats,
    places: [editorTitle("4_place@2"), chatMenu(3, 2, "inEditor")],
  },
  sendFile: {
    icon: "attach",
    when: hasOpenChats,
    places: [inPage("1_write@1"), row("1_talk@4", anOpenChat)],
  },
  sendInChat: { icon: "attach", when: hasOpenChats, places: [onFile("5_cutcopypaste@900")] },
  verifySafetyNumber: {
    icon: "verified",
    when: hasChats,
    places: [
      row("2_trust@3", rowIs("pinned")),
      status("chats", 5, isSome("parley.pinnedKeys")),
      chatMenu(2, 2, "open"),
    ],
  },
  acceptNewKey: {
    icon: "warning",
    when: hasChangedKeys,
    places: [row("2_trust@1", aChangedKey), status("waiting", 2)],
  },
  keepOldKey: { icon: "history", when: never, places: [row("2_trust@2", aChangedKey)] },
  searchMessages: {
    icon: "search",
    when: hasChats,
    places: [title("navigation@4"), status("chats", 2)],
  },
  searchChat: {
    icon: "search",
    when: hasChats,
    places: [editorTitle("navigation@1"), inPage("2_find@1"), row("3_history@1", aPerson), chatMenu(1, 1)],
    key: { press: "ctrl+f", when: any(pageFocused, sideChatFocused) },
  },
  goToDate: {
    icon: "calendar",
    when: hasChats,
    places: [editorTitle("2_find@1"), inPage("2_find@2"), chatMenu(1, 2)],
  },
  goToFirstUnread: { icon: "fold-down", when: hasChats, places: [inPage("2_find@3")] },
  exportChat: {
    icon: "export",
    when: hasChats,
    places: [inPage("3_history@2"), row("3_history@2", aPerson), chatMenu(1, 4)],
  },
  keepMessages: {
    icon: "archive",
    when: hasChats,
    places: [inPage("3_history@4"), row("3_history@4", aPerson)],
  },
  setTimer: {
    icon: "watch",
    when: hasOpenChats,
    places: [inPage("3_history@3"), row("3_history@3", anOpenChat), chatMenu(2, 1, "open")],
  },
  deleteHistory: {
    icon: "trash",
    when: hasChats,
    places: [inPage("3_history@5"), row("3_history@5", aPerson)],
  },
  showMenu: { icon: "list-unordered" },
  openWalkthrough: { icon: "book", places: [status("help", 1)] },
  showLog: { icon: "output", places: [title("3_log@1"), status("help", 2)] },
  replyToMessage: { icon: "reply", when: never, places: [onMessage("0_change@1", editorHas("canAnswer"))] },
  reactToMessage: {
    icon: "reactions",
    when: never,
    places: [onMessage("0_change@2", editorHas("canAnswer"))],
  },
  editMessage: { icon: "edit", when: never, places: [onMessage("0_change@3", editorHas("canChange"))] },
  earlierVersions: {
    icon: "history",
    when: never,
    places: [onMessage("0_change@4", editorHas("wasEdited"))],
  },
  deleteMessage: { icon: "trash", when: never, places: [onMessage("0_change@5")] },
  copyMessageText: { icon: "copy", when: never, places: [onMessage("1_message@1", hasText)] },
  copyMessageMarkdown: { icon: "markdown", when: never, places: [onMessage("1_message@2", hasText)] },
  messageDetails: { icon: "info", when: never, places: [onMessage("1_message@3")] },
  retryMessage: { icon: "refresh", when: never, places: [onMessage("1_message@4", editorHas("canRetry"))] },
} as const satisfies Readonly<Record<string, CommandRow>>;

export type CommandName = keyof typeof commandTable;

/** All rows, in the order of the table. */
export const commandRows = Object.entries(commandTable) as readonly (readonly [CommandName, CommandRow])[];
