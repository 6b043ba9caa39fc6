/**
 * Messages that the extension may post to the page inside a chat panel. Types and check are made from one schema; page-message.ts
 * is the other half of the contract.
 */
import * as v from "valibot";
import { bodySchema } from "../../messenger/kinds/body.ts";
import { pageActions } from "./page-message.ts";

const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const time = v.number();

const menuItem = v.strictObject({ command: v.picklist([...pageActions, "closeChat"]), title: v.string() });

/** Of a chat of two. */
const header = v.strictObject({
  /** The chat's id, by which the page is restored. */
  chat: v.string(),
  /** The other person. */
  peer: v.string(),
  me: v.string(),
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
  /** With "invited": sentences to judge the request by, and the peer's note, which is foreign text. */
  request: v.exactOptional(
    v.strictObject({
      shown: v.string(),
      known: v.string(),
      key: v.string(),
      note: v.exactOptional(v.string()),
    }),
  ),
  /** While the key has changed: the fingerprints of the pinned one and of the other. */
  keyChange: v.exactOptional(v.strictObject({ shown: v.string(), pinned: v.string(), offered: v.string() })),
  /** With a conversation to close or a request to withdraw: the state that a decision about it refers to. */
  standing: v.exactOptional(v.string()),
  online: v.boolean(),
  trust: v.picklist(["unknown", "pinned", "verified", "changed"]),
  /** Our own connection to the server. */
  connected: v.boolean(),
  /** Not connected because the user signed out: they can sign in again. */
  signedOut: v.boolean(),
  /** A sentence to show when not connected; empty otherwise. */
  connectionText: v.string(),
  /** Seconds after which messages disappear; 0: they stay. */
  timerSeconds: count,
  /** Id of the first unread message, for the divider. */
  firstUnread: v.exactOptional(v.string()),
  /** The menu at the top, in groups. */
  menu: v.array(v.array(menuItem)),
});

const message = v.strictObject({
  id: v.string(),
  /** Left out: it is one of the chat's own events. */
  author: v.exactOptional(v.string()),
  mine: v.boolean(),
  /** Unix time, milliseconds */
  at: time,
  position: count,
  body: bodySchema,
  /** Of a message that disappears: after how many seconds, and until when (Unix time, milliseconds) once the timer runs. */
  expiry: v.exactOptional(v.strictObject({ seconds: count, due: v.exactOptional(time) })),
  state: v.exactOptional(v.picklist(["waiting", "sending", "sent", "delivered", "read", "failed"])),
  /** With "failed": a sentence. */
  failureText: v.exactOptional(v.string()),
});
const messages = v.array(message);

/** The safety number, which two people compare. */
const safety = v.strictObject({
  /** As the messenger shows it: 12 groups of five digits. An answer names it. */
  number: v.string(),
  verified: v.boolean(),
  /** Fingerprints. */
  mine: v.string(),
  theirs: v.string(),
});

const hostMessage = v.variant("type", [
  v.strictObject({ type: v.literal("header"), header }),
  v.variant("place", [
    /** Replaces the page's messages: with the newest ones, or those around a place. */
    v.strictObject({
      type: v.literal("page"),
      place: v.literal("replace"),
      messages,
      hasOlder: v.boolean(),
      hasNewer: v.boolean(),
      /** Id of the message to show and highlight; without it the page opens at the reader's last place. */
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
  v.strictObject({ type: v.literal("draft"), text: v.string() }),
  /** The text sent under that id was accepted: it is a message now, or waits to be sent. */
  v.strictObject({ type: v.literal("taken"), id: v.string() }),
  /** The texts sent under these ids were refused: `text`, which is all of them, belongs in front of the composer's content. */
  v.strictObject({ type: v.literal("refused"), ids: v.array(v.string()), text: v.string() }),
  v.strictObject({ type: v.literal("focusComposer") }),
  /** Opens the safety number, for the user to compare. */
  v.strictObject({ type: v.literal("safety"), safety }),
]);

type Fixed<Value> = Value extends string
  ? Value
  : Value extends object
    ? { readonly [Field in keyof Value]: Fixed<Value[Field]> }
    : Value;
type Checked<Schema extends v.GenericSchema> = Fixed<v.InferOutput<Schema>>;

export type ChatMenuItem = Checked<typeof menuItem>;
export type PanelHeader = Checked<typeof header>;
export type PanelMessage = Checked<typeof message>;
export type PanelSafety = Checked<typeof safety>;
/** Extension to page. */
export type HostMessage = Checked<typeof hostMessage>;

/** @returns whether a command may have a place in the menu at the top of a chat's page */
export function isMenuCommand(name: string): name is ChatMenuItem["command"] {
  return v.is(menuItem.entries.command, name);
}

/** @returns the message, or undefined for anything that is not exactly one of the above. */
export function parseHostMessage(value: unknown): HostMessage | undefined {
  const result = v.safeParse(hostMessage, value);
  return result.success ? result.output : undefined;
}
