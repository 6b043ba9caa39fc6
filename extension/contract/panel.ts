/**
 * Messages from the extension to the page inside a chat panel. Types and check come from one schema. page-message.ts is the other
 * direction.
 */
import * as v from "valibot";
import { pageBodySchema } from "../../messenger/kinds/body.ts";
import { markValuesSchema } from "../../messenger/kinds/mark.ts";
import { attachmentNews } from "./attachments.ts";
import { fileHostMessages, fileStateSchema } from "./files.ts";
import { aim, pageActions } from "./page-message.ts";
import { readerPlace } from "./reader-place.ts";

const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const time = v.number();

const menuItem = v.strictObject({ command: v.picklist([...pageActions, "closeChat"]), title: v.string() });

/**
 * The state above the messages, for a chat of two. The lists of names repeat the messenger's model, which this folder may not import;
 * chat-page.test.ts in extension/ui compares them at compile time.
 */
const header = v.strictObject({
  /** The chat's id. The page stores it, so that the panel can be restored after a reload. */
  chat: v.string(),
  /** The other person. */
  peer: v.string(),
  /** The name and colour that the other person chose, and somebody else whose name that looks like. The name is foreign text; "": none. */
  profile: v.exactOptional(
    v.strictObject({ name: v.string(), color: count, alike: v.exactOptional(v.string()) }),
  ),
  me: v.string(),
  /** The place that the page is in: the side bar has a way back to the list of chats. */
  shownIn: v.picklist(["editor", "sideBar"]),
  phase: v.picklist([
    "none",
    "requested",
    "invited",
    "establishing",
    "open",
    "closed-by-me",
    "closed-by-peer",
    "key-changed",
  ]),
  blocked: v.boolean(),
  /** In phase "invited": sentences about the request, and the peer's note, which is untrusted text. */
  request: v.exactOptional(
    v.strictObject({
      shown: v.string(),
      known: v.string(),
      key: v.string(),
      note: v.exactOptional(v.string()),
    }),
  ),
  /** With a changed key: the fingerprints of the pinned key and of the new one. */
  keyChange: v.exactOptional(v.strictObject({ shown: v.string(), pinned: v.string(), offered: v.string() })),
  /** With a conversation to close or a request to withdraw: the state that such a decision must name. */
  standing: v.exactOptional(v.string()),
  online: v.boolean(),
  trust: v.picklist(["unknown", "pinned", "verified", "changed"]),
  /** Whether this account is connected to the server. */
  connected: v.boolean(),
  /** Whether it is not connected because the user signed out. */
  signedOut: v.boolean(),
  /** The sentence to show while not connected, or "". */
  connectionText: v.string(),
  /** Seconds after which messages disappear; 0 means never. */
  timerSeconds: count,
  /** Id of the first unread message, for the divider. */
  firstUnread: v.exactOptional(v.string()),
  /** The groups of the menu at the top. */
  menu: v.array(v.array(menuItem)),
});

const state = v.picklist(["waiting", "sending", "sent", "delivered", "read", "failed"]);

const message = v.strictObject({
  id: v.string(),
  /** Absent for the chat's own events. */
  author: v.exactOptional(v.string()),
  mine: v.boolean(),
  /** Unix time, milliseconds */
  at: time,
  position: count,
  body: pageBodySchema,
  /** For a disappearing message: its lifetime, and its end (Unix time, milliseconds) once the timer runs. */
  expiry: v.exactOptional(v.strictObject({ seconds: count, due: v.exactOptional(time) })),
  state: v.exactOptional(state),
  /** In state "failed": the sentence to show. */
  failureText: v.exactOptional(v.string()),
  /** Id of the message that it replies to. The page requests it with "quotes" unless it is loaded. */
  replyTo: v.exactOptional(v.string()),
  /** The state of each of its files, in their order. */
  files: v.exactOptional(v.array(fileStateSchema)),
  /** How often its author has edited it, and when last. */
  edited: v.exactOptional(v.strictObject({ times: count, at: time })),
  /** The reactions of each person. */
  reactions: v.exactOptional(
    v.array(v.strictObject({ by: v.string(), mine: v.boolean(), emoji: markValuesSchema })),
  ),
  /** The user's own changes to it that have not arrived everywhere, oldest first. */
  changes: v.exactOptional(
    v.array(
      v.strictObject({
        id: v.string(),
        kind: v.picklist(["edit", "delete", "mark"]),
        state,
        failureText: v.exactOptional(v.string()),
      }),
    ),
  ),
});
const messages = v.array(message);

/** The safety number that two people compare. */
const safety = v.strictObject({
  /** 12 groups of five digits. The page's answer names it. */
  number: v.string(),
  verified: v.boolean(),
  /** The fingerprints of both identity keys. */
  mine: v.string(),
  theirs: v.string(),
});

const hostMessage = v.variant("type", [
  v.strictObject({ type: v.literal("header"), header }),
  v.variant("place", [
    /** Replaces the page's messages with the newest ones, or with those around a position. */
    v.strictObject({
      type: v.literal("page"),
      place: v.literal("replace"),
      messages,
      hasOlder: v.boolean(),
      hasNewer: v.boolean(),
      /** Id of the message to scroll to and highlight. Absent: the page opens at the reader's last place. */
      goTo: v.exactOptional(v.string()),
    }),
    /** Answers loadOlder. */
    v.strictObject({
      type: v.literal("page"),
      place: v.literal("prepend"),
      messages,
      hasOlder: v.boolean(),
    }),
    /** Answers loadNewer. */
    v.strictObject({ type: v.literal("page"), place: v.literal("append"), messages, hasNewer: v.boolean() }),
  ]),
  v.strictObject({ type: v.literal("added"), message }),
  v.strictObject({ type: v.literal("updated"), message }),
  /** These messages were deleted. */
  v.strictObject({ type: v.literal("removed"), ids: v.array(v.string()) }),
  /** `aim`: the message that the composer replies to or edits; absent: the one that the page has stays. */
  v.strictObject({ type: v.literal("draft"), text: v.string(), aim: v.exactOptional(v.nullable(aim)) }),
  /** Answers "quotes": those of the messages that are on this computer. */
  v.strictObject({ type: v.literal("quoted"), ids: v.array(v.string()), messages }),
  /** Begins an action that the user chose in the editor's context menu. */
  v.strictObject({
    type: v.literal("begin"),
    action: v.picklist(["reply", "edit", "react"]),
    id: v.string(),
  }),
  /** The versions of an edited message before the present one, oldest first. */
  v.strictObject({
    type: v.literal("versions"),
    id: v.string(),
    versions: v.array(v.strictObject({ at: time, body: pageBodySchema })),
  }),
  /** The text with that id was accepted: the messenger has stored it. */
  v.strictObject({ type: v.literal("taken"), id: v.string() }),
  /** The texts with these ids were refused. The page puts `text`, all of them joined, in front of the composer's content. */
  v.strictObject({ type: v.literal("refused"), ids: v.array(v.string()), text: v.string() }),
  /** The other person is typing, or has stopped. */
  v.strictObject({ type: v.literal("typing"), typing: v.boolean() }),
  ...attachmentNews,
  v.strictObject({ type: v.literal("focusComposer") }),
  /**
   * The extension asks something next, in another part of the editor. The page answers "lent"; with `soon`, it first waits a moment for
   * the focus, which the editor is giving back to it.
   */
  v.strictObject({ type: v.literal("lendFocus"), soon: v.boolean() }),
  /** The question has gone: the page takes the focus that it lent. */
  v.strictObject({ type: v.literal("returnFocus") }),
  /** VS Code's keys are those for this page, as of its report "focus" with that `turn`. */
  v.strictObject({ type: v.literal("keysWork"), turn: count }),
  /** The place at which the reader left the chat's former page: posted before the first messages. */
  v.strictObject({ type: v.literal("place"), place: readerPlace }),
  /** Asks for the draft and the place as they are now, since another page of the chat follows. */
  v.strictObject({ type: v.literal("report") }),
  /** Opens the safety number, for the user to compare. */
  v.strictObject({ type: v.literal("safety"), safety }),
  ...fileHostMessages,
]);

type Fixed<Value> = Value extends string | Uint8Array
  ? Value
  : Value extends object
    ? { readonly [Field in keyof Value]: Fixed<Value[Field]> }
    : Value;
type Checked<Schema extends v.GenericSchema> = Fixed<v.InferOutput<Schema>>;

export type ChatMenuItem = Checked<typeof menuItem>;
export type PanelHeader = Checked<typeof header>;
export type PanelMessage = Checked<typeof message>;
export type PanelVersions = Extract<HostMessage, { type: "versions" }>;
export type PanelFileState = NonNullable<PanelMessage["files"]>[number];
export type PicturePart = Extract<HostMessage, { type: "picturePart" }>;
export type PanelSafety = Checked<typeof safety>;
/** Extension to page. */
export type HostMessage = Checked<typeof hostMessage>;

/** @returns whether the menu at the top of a chat's page can show the command */
export function isMenuCommand(name: string): name is ChatMenuItem["command"] {
  return v.is(menuItem.entries.command, name);
}

/** @returns the message, or undefined if the value does not match the schema */
export function parseHostMessage(value: unknown): HostMessage | undefined {
  const result = v.safeParse(hostMessage, value);
  return result.success ? result.output : undefined;
}
