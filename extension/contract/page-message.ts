/**
 * Messages from the page inside a chat panel to the extension. The page shows strangers' text, so each of its messages is checked.
 * Types and check come from one schema. panel.ts is the other direction.
 */
import * as v from "valibot";
import { emojiSchema } from "../../messenger/kinds/mark.ts";
import { attachmentRequests } from "./attachments.ts";
import { isBlank } from "./blank-text.ts";
import { filePageMessages } from "./files.ts";
import { parseLink } from "./link.ts";
import { readerPlace } from "./reader-place.ts";
import { MAX_DRAFT_CHARACTERS, MAX_TEXT_BYTES, textBytes } from "./text.ts";

/** Longer than any value of the type Shown (messenger/shown.ts). */
const MAX_SHOWN_CHARACTERS = 512;

/** The commands that the page can run on its chat, named as in the table of commands. */
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
  "backToChats",
  "moveChatToEditor",
  "moveChatToSideBar",
] as const;

const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const id = v.pipe(v.string(), v.regex(/^[0-9a-f]{32}$/));
const messageText = v.pipe(
  v.string(),
  v.maxLength(MAX_TEXT_BYTES),
  v.check((text) => textBytes(text) <= MAX_TEXT_BYTES),
);

/** The most rows that a page renders have one quote each. */
const MAX_QUOTES = 500;
const writtenText = v.pipe(
  messageText,
  v.check((text) => !isBlank(text)),
);

/** The composer's purpose, unless it writes a new message. An edit's text is kept beside the chat's draft, and never on disk. */
export const aim = v.variant("kind", [
  v.strictObject({ kind: v.literal("reply"), target: id }),
  v.strictObject({
    kind: v.literal("edit"),
    target: id,
    text: v.pipe(v.string(), v.maxLength(MAX_DRAFT_CHARACTERS)),
  }),
]);

const pageMessage = v.variant("type", [
  /** The page has loaded and received no messages yet. */
  v.strictObject({ type: v.literal("ready") }),
  /** Sends a text. The composer is empty now. Answered by HostMessage "taken" or "refused". */
  v.strictObject({
    type: v.literal("send"),
    id,
    text: writtenText,
    replyTo: v.optional(id),
  }),
  /**
   * Sends the files that are attached, with a text of at most MAX_CAPTION_BYTES. Answered as "send".
   * @param parcel the id of the message that they become
   */
  v.strictObject({
    type: v.literal("sendFiles"),
    id,
    parcel: id,
    text: messageText,
    replyTo: v.optional(id),
  }),
  ...attachmentRequests,
  /** Gives the user's own message `target` a new text. Answered by HostMessage "taken" or "refused" with the id of the edit. */
  v.strictObject({ type: v.literal("edit"), id, target: id, text: writtenText }),
  v.strictObject({ type: v.literal("react"), target: id, emoji: emojiSchema, on: v.boolean() }),
  /** Asks the user, then deletes the message for both. */
  v.strictObject({ type: v.literal("delete"), target: id }),
  /** Requests the earlier versions of a message. Answered by HostMessage "versions". */
  v.strictObject({ type: v.literal("versions"), target: id }),
  /** Requests quoted messages. Answered by HostMessage "quoted". */
  v.strictObject({ type: v.literal("quotes"), ids: v.pipe(v.array(id), v.maxLength(MAX_QUOTES)) }),
  /** Requests the messages around a quoted one that is not loaded. */
  v.strictObject({ type: v.literal("goTo"), target: id }),
  v.strictObject({ type: v.literal("retry"), id }),
  /** Requests the messages before this position, or after it. */
  v.strictObject({ type: v.literal("loadOlder"), before: count }),
  v.strictObject({ type: v.literal("loadNewer"), after: count }),
  /** Requests the newest messages, which replace those in the page. */
  v.strictObject({ type: v.literal("loadNewest") }),
  /**
   * The newest message is on screen and the page has focus. `active`: there was input in the page within the last minute, for which
   * VS Code has no event. Posted again when it becomes true.
   */
  v.strictObject({ type: v.literal("read"), active: v.boolean() }),
  v.strictObject({
    type: v.literal("draft"),
    text: v.pipe(v.string(), v.maxLength(MAX_DRAFT_CHARACTERS)),
    /** Id of the newest refused text that the draft contains. */
    includes: v.optional(id),
    aim: v.optional(aim),
  }),
  /** The user is typing a message. Posted at most every few seconds. */
  v.strictObject({ type: v.literal("typed") }),
  /** Answers lendFocus: whether the page had the focus. */
  v.strictObject({ type: v.literal("lent"), had: v.boolean() }),
  /** The reader has moved, or leaves. The extension gives the place to the next page of the chat. */
  v.strictObject({ type: v.literal("place"), place: readerPlace }),
  /** Answers "report": draft and place were posted before it. */
  v.strictObject({ type: v.literal("reported") }),
  /** The page got or lost the focus, which VS Code reports only for tabs. `turn` counts these reports. Answered by HostMessage "keysWork". */
  v.strictObject({ type: v.literal("focus"), has: v.boolean(), turn: count }),
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
  /** The result of comparing that safety number. */
  v.strictObject({
    type: v.literal("safety"),
    answer: v.picklist(["match", "differ", "clear", "paste"]),
    number: v.pipe(v.string(), v.maxLength(MAX_SHOWN_CHARACTERS)),
  }),
  /** A decision, with the state that the page showed: the header's `request.shown`, `keyChange.shown` or `standing`. */
  v.strictObject({
    type: v.literal("decide"),
    decision: v.picklist(["accept", "refuse", "block", "keepOldKey", "closeChat"]),
    shown: v.pipe(v.string(), v.maxLength(MAX_SHOWN_CHARACTERS)),
  }),
  ...filePageMessages,
]);

export type Aim = Readonly<v.InferOutput<typeof aim>>;
export type PageMessage = v.InferOutput<typeof pageMessage>;

/** @returns the message, or undefined if the value does not match the schema */
export function parsePageMessage(value: unknown): PageMessage | undefined {
  const result = v.safeParse(pageMessage, value);
  return result.success ? result.output : undefined;
}

/** What the page posts: a message under the page's id. */
export interface PagePost {
  readonly page: string;
  readonly message: PageMessage;
}

const pagePost = v.strictObject({ page: v.string(), message: v.unknown() });

/**
 * Reads a post of a page. The side bar shows one chat's page after another's in the same webview, and the former one's last posts
 * may arrive late.
 * @param page id of the page that is shown now
 * @returns its message, or undefined for any other value and another page's post
 */
export function parsePagePost(value: unknown, page: string): PageMessage | undefined {
  const post = v.safeParse(pagePost, value);
  return post.success && post.output.page === page ? parsePageMessage(post.output.message) : undefined;
}
