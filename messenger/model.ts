/** The plain values that a messenger returns, new objects for each caller. Calls are in calls.ts, events in events.ts. */

import type { SentFile } from "../protocol/e2ee/kinds/files.ts";
import type { MarkName } from "../protocol/e2ee/kinds/mark.ts";
import type { ParleyError } from "../protocol/errors.ts";
import type { Brand, MessageId, Username } from "../protocol/ids.ts";
import type { Body, Change } from "./kinds/body.ts";
import type { PictureType } from "./pictures/format.ts";
import type { FilePlace } from "./store/file-folder.ts";

/** The settings of new chats. */
export interface NewChatDefaults {
  readonly keep: Keep;
  /** Seconds after which messages disappear, for everybody; 0 means never. */
  readonly timerSeconds: number;
  readonly muted: Muted;
}

/** Storage for small secrets: VS Code's SecretStorage, a file, memory in tests. */
export interface SecretVault {
  get(key: string): Promise<string | undefined>;
  store(key: string, value: string): Promise<void>;
  delete(key: string): Promise<void>;
  /** Whether it is locked with a passphrase; undefined if that cannot be known. Absent for a vault that cannot be locked. */
  hasLock?(): Promise<boolean | undefined>;
}
/** A key of a vault and its value; null if there is none. */
export interface Secret {
  readonly key: string;
  readonly value: string | null;
}
export interface MessengerLog {
  info(text: string): void;
  warn(text: string): void;
  error(text: string): void;
  debug(text: string): void;
}
export interface MessengerOptions {
  /** The messenger's folder, made if absent. */
  readonly directory: string;
  readonly secrets: SecretVault;
  readonly log: MessengerLog;
  /** Whether to send "read" receipts. "delivered" receipts are always sent. */
  readonly sendReadReceipts: () => boolean;
  /** Whether to tell people that the user is typing, and to show that they are. Default: not. */
  readonly shareTyping?: () => boolean;
  /** The user's defaults for new chats. */
  readonly newChats?: () => NewChatDefaults;
  /** Whether to accept the first request of a person with proof of an invite made here. Absent: the user is asked. */
  readonly acceptInvited?: () => boolean;
  /** Which files are fetched without being asked for, from people with a pinned key, in open chats. Default: none. */
  readonly downloadByItself?: () => "never" | "pictures";
  /** Whether to open the store although its lock was removed from outside, because the user agreed. */
  readonly acceptsNoLock?: () => boolean;
}

/**
 * The state on screen when the user decided (shown.ts). It is sent with the decision, which is refused if the state has changed. It is
 * opaque: two values are equal only if the same state was shown.
 */
export type Shown<Kind extends ShownKind> = string & Brand<`shown ${Kind}`>;
export type ShownKind = "request" | "key-change" | "number" | "standing" | "account";

export interface Account {
  readonly name: Username;
  readonly host: string;
  readonly port: number;
  /** The fingerprint of the account's identity key, for display. */
  readonly fingerprint: string;
  readonly identityKey: Uint8Array;
  readonly shown: Shown<"account">;
}

/** The state of the account and its connection. */
export type MessengerState =
  | { readonly type: "no-account" }
  /** The user signed out of the server but keeps the account. */
  | { readonly type: "signed-out" }
  | { readonly type: "connecting" }
  | { readonly type: "online" }
  | { readonly type: "waiting"; readonly retryAt: number; readonly error: ParleyError }
  /** Offline without retries: refused, an invalid certificate, or signed in elsewhere. */
  | { readonly type: "stopped"; readonly error: ParleyError };

/** Whether a person's key is pinned, verified by comparing safety numbers, or changed, which stops the conversation. */
export type Trust = "unknown" | "pinned" | "verified" | "changed";

/** The name and colour that a person chose. */
export interface Profile {
  /** Shown beside the account name, never instead of it. Foreign text; "": none. */
  readonly name: string;
  /** 1 to PROFILE_COLORS; 0: none. */
  readonly color: number;
}

/** The profile of another person. */
export interface ShownProfile extends Profile {
  /** Somebody else whom the user knows, or the user, if this name looks like one of theirs: to be said wherever the name is shown. */
  readonly alike?: Username;
}

export interface Person {
  readonly name: Username;
  readonly online: boolean;
  readonly trust: Trust;
  /** The fingerprint of the pinned key, else of the key that signed their request, else of the one that the server claims, else "". */
  readonly fingerprint: string;
  /** When the key was pinned: Unix time, milliseconds; 0 if that was not recorded. Absent if no key is pinned. */
  readonly knownSince?: number;
  readonly profile?: ShownProfile;
}

/** The phases of a chat. There is one chat of two per person, and its history outlasts its conversations. */
export const chatPhases = [
  "none", // no conversation yet, or the request was refused or failed
  "requested", // the user has asked, without an answer yet
  "invited", // the other person has asked, and the user has not answered
  "establishing", // accepted, and the keys are being agreed on
  "open",
  "closed-by-me",
  "closed-by-peer",
  "key-changed", // stopped until the user decides
] as const;
export type ChatPhase = (typeof chatPhases)[number];

/** The note of a request. "unopened": no request key of this account opens it. */
export type RequestNote =
  /** `id`: the id of the note's message in the chat, once the request is accepted. */
  { readonly kind: "text"; readonly id: MessageId; readonly text: string } | { readonly kind: "unopened" };

/** The muted parts of a chat: none, the chat's toasts, or also its unread count in the badge. */
export type Muted = "no" | "toasts" | "all";

/** How long the messages of a chat are kept on this computer. "off": until they are read and the chat is closed on screen. */
export type Keep = "forever" | "90d" | "7d" | "1d" | "off";

/** The other person's request to talk. */
export interface PendingRequest {
  readonly shown: Shown<"request">;
  /** The fingerprint of the key that signed it. */
  readonly fingerprint: string;
  /** Absent without a note. Untrusted text. */
  readonly note?: RequestNote;
}

export interface KeyChange {
  readonly shown: Shown<"key-change">;
  /** The fingerprints of the pinned and of the new key. */
  readonly pinned: string;
  readonly offered: string;
}

/** The safety numbers with either key of a KeyChange: 12 groups of five digits. */
export interface ChangedNumbers extends KeyChange {
  readonly pinnedNumber: Shown<"number">;
  readonly offeredNumber: Shown<"number">;
}

/**
 * The id of a chat. It stays the same when the chat gets a new group. Only chats/chat-id.ts and chats/direct.ts know its format.
 */
export type ChatId = string & Brand<"ChatId">;

/** A person in a chat. */
export interface Member {
  readonly name: Username;
  readonly online: boolean;
  readonly trust: Trust;
  readonly blocked: boolean;
  /** Present while a changed key waits for the user's decision. */
  readonly keyChange?: KeyChange;
  readonly profile?: ShownProfile;
}

export interface Chat {
  readonly id: ChatId;
  /** The name on screen: in a chat of two, that of the other person. */
  readonly title: string;
  /** The other people in the chat. */
  readonly members: readonly Member[];
  readonly phase: ChatPhase;
  readonly muted: Muted;
  readonly unread: number;
  /** The time of the last activity: Unix time, milliseconds; 0 if there was none. */
  readonly lastActivity: number;
  /** Present in phase "invited". */
  readonly request?: PendingRequest;
  /** The request or conversation that closing the chat would end. Absent if there is none. */
  readonly standing?: Shown<"standing">;
  /** Id of the first unread message, for the divider. */
  readonly firstUnread?: MessageId;
  readonly draft: string;
  readonly keep: Keep;
  /** Seconds after which messages disappear for everybody; 0 means never. */
  readonly timerSeconds: number;
}

/** The delivery state. waiting: in the outbox on disk. sent: the server or the receiver has confirmed it. */
export type OutgoingState = "waiting" | "sending" | "sent" | "delivered" | "read" | "failed";

/** The delivery state of one of the user's messages for one receiver. */
export interface Receiver {
  readonly person: Username;
  readonly state: OutgoingState;
}

export interface ChatMessage {
  readonly id: MessageId;
  readonly chat: ChatId;
  /** Absent for the chat's own events. */
  readonly author?: Username;
  /** Unix time, milliseconds, by the sender's clock, but not later than its arrival. */
  readonly at: number;
  /** Position in the chat: increasing, with gaps. Use it as a cursor. */
  readonly position: number;
  readonly body: Body;
  /** For a disappearing message: its lifetime in seconds, and its end (Unix time, milliseconds) once the timer runs. */
  readonly expiry?: { readonly seconds: number; readonly due?: number };
  /** Only for the user's own messages: the state that it has reached for all receivers. */
  readonly state?: OutgoingState;
  /** Only for the user's own messages. One entry in a chat of two. */
  readonly receivers?: readonly Receiver[];
  /** In state "failed": a ParleyError code. */
  readonly failure?: string;
  /** The message that it replies to, which may be missing in this history. */
  readonly replyTo?: MessageId;
  /** For an edited message: the number of edits, and the time of the last one (Unix time, milliseconds). The body is the newest version. */
  readonly edited?: { readonly times: number; readonly at: number };
  /** The marks on this message, sorted by person. */
  readonly marks?: readonly ShownMark[];
  /** The state of each file of the message, in their order. */
  readonly files?: readonly FileState[];
  /** The user's changes of this message that not all receivers have yet, oldest first. `retry` sends a failed one again by its id. */
  readonly changes?: readonly OwnChange[];
}

/**
 * The state of a file on this computer. there: on the server, until the time in its message. here: all of it, checked, and sealed on disk.
 * gone: the server keeps it no longer. damaged: it isn't the file that its message speaks of. elsewhere: on the computer that a backup comes from.
 */
export type FileState =
  | { readonly type: "there" }
  /** @param done 0 to 1. While offline, the transfer waits for a connection. */
  | { readonly type: "fetching"; readonly done: number }
  /** @param savedAt Unix time in milliseconds at which it was last saved unencrypted */
  | { readonly type: "here"; readonly savedAt?: number }
  /** Unix time in milliseconds at which the server reported that it no longer has the file. */
  | { readonly type: "gone"; readonly since: number }
  | { readonly type: "damaged" }
  | { readonly type: "elsewhere" };

/** A picture by its bytes. */
export interface ShownPicture {
  readonly type: PictureType;
  /** Pixels, as shown. */
  readonly width: number;
  readonly height: number;
  /** 1 unless it is animated. */
  readonly frames: number;
}

/** A part of a file for the screen, or the reason why none is shown. */
export type FilePart =
  | ({ readonly kind: "picture"; readonly picture: ShownPicture } & PartBytes)
  | ({ readonly kind: "text" } & PartBytes)
  | { readonly kind: "not-shown"; readonly why: "too-large" | "no-picture" | "damaged" | "no-text" };

interface PartBytes {
  /** Of the whole file. */
  readonly bytes: number;
  /** Base64. */
  readonly data: string;
}

/** Files that are put together to be sent as one message. */
export interface Parcel {
  /** Of the message that it becomes. */
  readonly id: MessageId;
  readonly chat: ChatId;
  readonly caption: string;
  readonly replyTo?: MessageId;
  /** open: its user still adds to it. sending: also after a restart. failed: it can be sent again, or cancelled. */
  readonly stage: "open" | "sending" | "failed";
  /** With "failed": a ParleyError code. */
  readonly failure?: string;
  readonly files: readonly AttachedFile[];
}

export interface AttachedFile extends Pick<SentFile, "name" | "type" | "bytes" | "description" | "picture"> {
  /** Names it among the files of its parcel, which may be changed in several windows. */
  readonly copy: FilePlace;
  /** Of a picture: cut, or kept since it can't be told from the rest. */
  readonly metadata: "none" | "cut" | "kept";
  /** How much of it the server has, 0 to 1. */
  readonly done: number;
}

/** A picture that is attached: within the bounds of messenger/pictures, so that a page may draw it. */
export interface AttachedPicture {
  readonly type: PictureType;
  /** Base64. */
  readonly data: string;
}

/** How far a file is on its way to the server (up), or from there. */
export interface Transfer {
  readonly chat: ChatId;
  readonly id: MessageId;
  /** Its number in its message. */
  readonly item: number;
  readonly way: "up" | "down";
  /** 0 to 1, at every whole per cent. */
  readonly done: number;
}

/** The marks of one person on a message. */
export interface ShownMark {
  readonly by: Username;
  /** "reaction": the values are emoji. */
  readonly name: MarkName;
  readonly values: readonly string[];
}

/** An edit, deletion or mark of the user's that not all receivers have yet. */
export interface OwnChange {
  readonly id: MessageId;
  readonly kind: Change["kind"];
  readonly state: OutgoingState;
  /** In state "failed": a ParleyError code. */
  readonly failure?: string;
}

/** An earlier version of an edited message. */
export interface MessageVersion {
  /** Unix time, milliseconds. */
  readonly at: number;
  readonly body: Body;
}

/** A range of a history: the newest messages, those before a position, or those after one. */
export type Stretch =
  | { readonly limit: number; readonly before?: number | undefined; readonly after?: undefined }
  | { readonly limit: number; readonly after: number; readonly before?: undefined };

/** A query for messages that contain all of its words, ignoring case and accents. */
export interface SearchQuestion {
  readonly text: string;
  /** The chat to search. Absent: all chats. */
  readonly chat?: ChatId;
  /** The previous step's `next`. */
  readonly before?: number;
}
export interface SearchMatch {
  readonly chat: ChatId;
  readonly id: MessageId;
  readonly position: number;
  /** As in ChatMessage. */
  readonly at: number;
  readonly author: Username;
  /** A part of the message around the match. */
  readonly excerpt: string;
}
export interface SearchStep {
  /** Newest first. */
  readonly matches: readonly SearchMatch[];
  /** The number of messages searched in this step. */
  readonly searched: number;
  /** The time of the oldest of them, Unix milliseconds. */
  readonly backTo?: number;
  /** The position to continue at. Absent once everything was searched. */
  readonly next?: number;
}
