/**
 * The one contract between the extension and the page inside a chat panel. Everything crosses by postMessage;
 * the extension checks what the page sends by parsePageMessage, since the page shows what strangers wrote.
 */
import * as v from "valibot";
import type { Body } from "../messenger/kinds/body.ts";
import { isBlank } from "./blank-text.ts";
import { parseLink } from "./link.ts";
import { MAX_DRAFT_CHARACTERS, MAX_TEXT_BYTES, textBytes } from "./text.ts";

/** Identifies the subject of a decision (extension/messenger/shown.ts). */
const MAX_SHOWN_CHARACTERS = 512;

export interface PanelHeader {
  readonly peer: string;
  readonly me: string;
  readonly phase:
    | "none"
    | "requested"
    | "invited"
    | "establishing"
    | "open"
    | "closed-by-me"
    | "closed-by-peer"
    | "key-changed";
  readonly blocked: boolean;
  /** With "invited": facts to judge the request by, a sentence each; and the note, which is foreign text. */
  readonly request?: {
    readonly shown: string;
    readonly known: string;
    readonly key: string;
    readonly note?: string;
  };
  /** While the key has changed: the fingerprints of the pinned one and of the other. */
  readonly keyChange?: { readonly shown: string; readonly pinned: string; readonly offered: string };
  /** Where there is something to close or to withdraw. */
  readonly standing?: string;
  readonly online: boolean;
  readonly trust: "unknown" | "pinned" | "verified" | "changed";
  /** Our own line to the server. */
  readonly connected: boolean;
  /** Not connected because the user wanted it so: the way back is to sign in. */
  readonly signedOut: boolean;
  /** A sentence to show when not connected; empty otherwise. */
  readonly connectionText: string;
  /** After how many seconds messages disappear; 0: they stay. */
  readonly timerSeconds: number;
  /** Id of the first unread message, for the divider. */
  readonly firstUnread?: string;
}
/** What two people compare. */
export interface PanelSafety {
  /** As the messenger shows it: 12 groups of five digits. An answer names it. */
  readonly number: string;
  readonly verified: boolean;
  /** Fingerprints. */
  readonly mine: string;
  readonly theirs: string;
}
export interface PanelMessage {
  readonly id: string;
  readonly mine: boolean;
  /** Unix time, milliseconds */
  readonly at: number;
  readonly position: number;
  readonly body: Body;
  /** Of a message that disappears: after how many seconds, and until when (Unix time, milliseconds) once that counts. */
  readonly expiry?: { readonly seconds: number; readonly due?: number };
  readonly state?: "waiting" | "sending" | "sent" | "delivered" | "read" | "failed";
  /** A sentence, with "failed". */
  readonly failureText?: string;
}
/** Extension to page. */
export type HostMessage =
  | { readonly type: "header"; readonly header: PanelHeader }
  /** The page's messages from now on: the newest, or those around a place. */
  | {
      readonly type: "page";
      readonly place: "replace";
      readonly messages: readonly PanelMessage[];
      readonly hasOlder: boolean;
      readonly hasNewer: boolean;
      /** Id of the message to show and point out; without it the page opens where the chat was left. */
      readonly goTo?: string;
    }
  /** Answers loadOlder. */
  | {
      readonly type: "page";
      readonly place: "prepend";
      readonly messages: readonly PanelMessage[];
      readonly hasOlder: boolean;
    }
  /** Answers loadNewer. */
  | {
      readonly type: "page";
      readonly place: "append";
      readonly messages: readonly PanelMessage[];
      readonly hasNewer: boolean;
    }
  | { readonly type: "added"; readonly message: PanelMessage }
  | { readonly type: "updated"; readonly message: PanelMessage }
  /** These messages are no more. */
  | { readonly type: "removed"; readonly ids: readonly string[] }
  | { readonly type: "draft"; readonly text: string }
  /** The text sent under that id is a message now, or waits to leave. */
  | { readonly type: "taken"; readonly id: string }
  /** The texts sent under these ids were not taken: `text`, which is all of them, belongs before the composer's own text. */
  | { readonly type: "refused"; readonly ids: readonly string[]; readonly text: string }
  | { readonly type: "focusComposer" }
  /** The user wants to compare the safety number. */
  | { readonly type: "safety"; readonly safety: PanelSafety };
/** Page to extension. */
export type PageMessage =
  /** The page is there, and nothing was posted to it while it was made. */
  | { readonly type: "ready" }
  /** The composer is empty from here on. @see HostMessage "taken", "refused" */
  | { readonly type: "send"; readonly id: string; readonly text: string }
  | { readonly type: "retry"; readonly id: string }
  /** The messages before this position, or after it. */
  | { readonly type: "loadOlder"; readonly before: number }
  | { readonly type: "loadNewer"; readonly after: number }
  /** The newest messages in place of those of another time that the page holds. */
  | { readonly type: "loadNewest" }
  /**
   * The newest message is on screen and the page has focus. `active`: a key, the pointer or the wheel was used in the page
   * within the last minute, of which the editor hears nothing otherwise. Posted again when that becomes true.
   */
  | { readonly type: "read"; readonly active: boolean }
  /** `includes`: id of the newest refused text that stands in it. */
  | { readonly type: "draft"; readonly text: string; readonly includes?: string | undefined }
  | { readonly type: "copy"; readonly text: string }
  | { readonly type: "openLink"; readonly href: string }
  | {
      readonly type: "action";
      readonly action:
        | "verify"
        | "request"
        | "unblock"
        | "acceptNewKey"
        | "reconnect"
        | "signIn"
        | "setTimer"
        | "search"
        | "goToDate"
        | "mute"
        | "export";
    }
  /** What came of comparing that number. */
  | {
      readonly type: "safety";
      readonly answer: "match" | "differ" | "clear" | "paste";
      readonly number: string;
    }
  /** A decision about something that the page shows: `shown` of the request or of the key change, or the standing, as it was given. */
  | {
      readonly type: "decide";
      readonly decision: "accept" | "refuse" | "block" | "keepOldKey" | "close";
      readonly shown: string;
    };

const messageText = v.pipe(
  v.string(),
  v.maxLength(MAX_TEXT_BYTES),
  v.check((text) => textBytes(text) <= MAX_TEXT_BYTES),
);
const position = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const id = v.pipe(v.string(), v.regex(/^[0-9a-f]{32}$/));
const pageMessage = v.variant("type", [
  v.strictObject({ type: v.literal("ready") }),
  v.strictObject({
    type: v.literal("send"),
    id,
    text: v.pipe(
      messageText,
      v.check((text) => !isBlank(text)),
    ),
  }),
  v.strictObject({ type: v.literal("retry"), id }),
  v.strictObject({ type: v.literal("loadOlder"), before: position }),
  v.strictObject({ type: v.literal("loadNewer"), after: position }),
  v.strictObject({ type: v.literal("loadNewest") }),
  v.strictObject({ type: v.literal("read"), active: v.boolean() }),
  v.strictObject({
    type: v.literal("draft"),
    text: v.pipe(v.string(), v.maxLength(MAX_DRAFT_CHARACTERS)),
    includes: v.optional(id),
  }),
  v.strictObject({ type: v.literal("copy"), text: messageText }),
  v.strictObject({
    type: v.literal("openLink"),
    href: v.pipe(
      v.string(),
      v.check((href) => parseLink(href) === href),
    ),
  }),
  v.strictObject({
    type: v.literal("action"),
    action: v.picklist([
      "verify",
      "request",
      "unblock",
      "acceptNewKey",
      "reconnect",
      "signIn",
      "setTimer",
      "search",
      "goToDate",
      "mute",
      "export",
    ]),
  }),
  v.strictObject({
    type: v.literal("safety"),
    answer: v.picklist(["match", "differ", "clear", "paste"]),
    number: v.pipe(v.string(), v.maxLength(MAX_SHOWN_CHARACTERS)),
  }),
  v.strictObject({
    type: v.literal("decide"),
    decision: v.picklist(["accept", "refuse", "block", "keepOldKey", "close"]),
    shown: v.pipe(v.string(), v.maxLength(MAX_SHOWN_CHARACTERS)),
  }),
]);

/** @returns the message, or undefined for anything that is not exactly one of the above within bounds. */
export function parsePageMessage(value: unknown): PageMessage | undefined {
  const result = v.safeParse(pageMessage, value);
  return result.success ? result.output : undefined;
}
