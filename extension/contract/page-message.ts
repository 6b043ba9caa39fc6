/**
 * Messages that the page inside a chat panel may post to the extension. The page shows strangers' text, so each of its
 * messages is checked. Types and check are made from one schema; panel.ts is the other half of the contract.
 */
import * as v from "valibot";
import { isBlank } from "./blank-text.ts";
import { parseLink } from "./link.ts";
import { MAX_DRAFT_CHARACTERS, MAX_TEXT_BYTES, textBytes } from "./text.ts";

/** The bound of an id of something to decide about (messenger/shown.ts). */
const MAX_SHOWN_CHARACTERS = 512;

/** The commands that the page may run on its chat, by their names in the table of commands. */
export const pageActions = [
  "verifySafetyNumber",
  "requestToTalk",
  "unblock",
  "acceptNewKey",
  "reconnect",
  "signIn",
  "setTimer",
  "searchChat",
  "goToDate",
  "mute",
  "exportChat",
] as const;

const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const id = v.pipe(v.string(), v.regex(/^[0-9a-f]{32}$/));
const messageText = v.pipe(
  v.string(),
  v.maxLength(MAX_TEXT_BYTES),
  v.check((text) => textBytes(text) <= MAX_TEXT_BYTES),
);

const pageMessage = v.variant("type", [
  /** The page has loaded, and nothing was posted to it meanwhile. */
  v.strictObject({ type: v.literal("ready") }),
  /** The composer is empty from here on. @see HostMessage "taken", "refused" */
  v.strictObject({
    type: v.literal("send"),
    id,
    text: v.pipe(
      messageText,
      v.check((text) => !isBlank(text)),
    ),
  }),
  v.strictObject({ type: v.literal("retry"), id }),
  /** The messages before this position, or after it. */
  v.strictObject({ type: v.literal("loadOlder"), before: count }),
  v.strictObject({ type: v.literal("loadNewer"), after: count }),
  /** Asks for the newest messages in place of those that the page has. */
  v.strictObject({ type: v.literal("loadNewest") }),
  /**
   * The newest message is on screen and the page has focus. `active`: a key, the pointer or the wheel was used in the page
   * within the last minute, of which the editor gets no events. Posted again when that becomes true.
   */
  v.strictObject({ type: v.literal("read"), active: v.boolean() }),
  v.strictObject({
    type: v.literal("draft"),
    text: v.pipe(v.string(), v.maxLength(MAX_DRAFT_CHARACTERS)),
    /** Id of the newest refused text that is part of it. */
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
    action: v.picklist(pageActions),
  }),
  /** The outcome of comparing that number. */
  v.strictObject({
    type: v.literal("safety"),
    answer: v.picklist(["match", "differ", "clear", "paste"]),
    number: v.pipe(v.string(), v.maxLength(MAX_SHOWN_CHARACTERS)),
  }),
  /** A decision about the state that the page shows: `shown` of the request or of the key change, or the standing, as it was given. */
  v.strictObject({
    type: v.literal("decide"),
    decision: v.picklist(["accept", "refuse", "block", "keepOldKey", "closeChat"]),
    shown: v.pipe(v.string(), v.maxLength(MAX_SHOWN_CHARACTERS)),
  }),
]);

export type PageMessage = v.InferOutput<typeof pageMessage>;

/** @returns the message, or undefined for anything that is not exactly one of the above within bounds. */
export function parsePageMessage(value: unknown): PageMessage | undefined {
  const result = v.safeParse(pageMessage, value);
  return result.success ? result.output : undefined;
}
