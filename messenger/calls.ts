/**
 * The table of the messenger's calls. Each is a row here and a method of that name on Messenger. The types, the remote calls of other
 * windows, and the checks of parameters and results on the pipe are made from this table.
 */
import * as v from "valibot";
import { MAX_DESCRIPTION_BYTES, MAX_PLAINTEXT_BYTES, MAX_PREVIEW_BYTES } from "../protocol/limits.ts";
import { newMessageId } from "../protocol/names.ts";
import { emojiSchema } from "./kinds/mark.ts";
import { messageIdSchema } from "./kinds/message-id.ts";
import { filePlaceSchema } from "./store/file-folder.ts";
import {
  attachedPictureSchema,
  changedNumbersSchema,
  chatIdSchema,
  countSchema,
  filePartSchema,
  keepSchema,
  listOf,
  messageSchema,
  mutedSchema,
  parcelSchema,
  peerSchema,
  profileSchema,
  searchStepSchema,
  shownSchema,
  vaultSchema,
  versionSchema,
} from "./values.ts";

/** The most messages in a page: several times as many as a panel shows. */
const MAX_PAGE_MESSAGES = 500;
/** More than a message may have: the messenger reports that, and the user can shorten a draft. */
const MAX_TEXT_CHARACTERS = 4 * MAX_PLAINTEXT_BYTES;

/** Base64 of one MiB, as it crosses from a page. */
const MAX_PIECE_CHARACTERS = (4 * 1024 * 1024) / 3 + 4;
const MAX_PREVIEW_CHARACTERS = (4 * MAX_PREVIEW_BYTES) / 3 + 4;

interface CallDefinition {
  readonly params: v.GenericSchema;
  readonly result: v.GenericSchema;
  /** Whether the call is idempotent, so that it is repeated if the leader ended before it answered. */
  readonly repeatable: boolean;
  /** Whether it changes the view (state, people or chats). Its caller then receives the change before the answer. */
  readonly changesView: boolean;
}

const reads = { repeatable: true, changesView: false } as const;
const repeatable = { repeatable: true, changesView: true } as const;
const once = { repeatable: false, changesView: true } as const;
const archives = { repeatable: false, changesView: false } as const;

const text = v.pipe(v.string(), v.maxLength(MAX_TEXT_CHARACTERS));
const short = v.pipe(v.string(), v.maxLength(4096));
const limit = v.pipe(countSchema, v.maxValue(MAX_PAGE_MESSAGES));
const absent = v.optional(v.undefined());
const stretch = v.union([
  v.strictObject({ limit, before: v.optional(countSchema), after: absent }),
  v.strictObject({ limit, after: countSchema, before: absent }),
]);
const time = v.pipe(
  v.string(),
  v.isoTimestamp(),
  v.transform((iso) => new Date(iso)),
);
/** For calls without parameters. Callers pass nothing; on the pipe that is `{}`. */
const noParams = v.custom<void>((value) => value === undefined || v.is(v.strictObject({}), value));
/** Makes a schema optional. On the pipe, undefined becomes null, since JSON has no undefined. */
function maybe<Output>(
  schema: v.GenericSchema<unknown, Output>,
): v.GenericSchema<unknown, Output | undefined> {
  return v.pipe(
    v.nullable(schema),
    v.transform((value) => value ?? undefined),
  );
}
const nothing = v.pipe(
  v.null(),
  v.transform((): void => undefined),
);

/** The caller chooses the id of a change, like that of a message. */
const ofChange = { id: v.optional(messageIdSchema, newMessageId) };
const toPeer = v.strictObject({ peer: peerSchema });
const toChat = v.strictObject({ chat: chatIdSchema });
const toAccount = v.strictObject({ account: shownSchema("account") });
const message = { chat: chatIdSchema, id: messageIdSchema };
const file = { ...message, item: countSchema };
const attached = { ...message, copy: filePlaceSchema };
const description = v.pipe(
  v.string(),
  v.check((text) => Buffer.byteLength(text) <= MAX_DESCRIPTION_BYTES),
);
const asIs = v.exactOptional(v.boolean());
const toArchive = { path: short, passphrase: short };

export const CALLS = {
  /** Reads a range of the history, oldest first. It takes the same time at any place of a history of any length. */
  messages: {
    params: v.strictObject({ chat: chatIdSchema, stretch }),
    result: listOf(messageSchema),
    ...reads,
  },
  /** Returns the position of a message, or of the first one at or after a time (Unix, milliseconds); undefined if there is none. */
  positionOf: {
    params: v.strictObject({
      chat: chatIdSchema,
      target: v.union([v.strictObject({ id: messageIdSchema }), v.strictObject({ at: v.number() })]),
    }),
    result: maybe(countSchema),
    ...reads,
  },
  /**
   * Searches a part of the history, newest first, for some tens of milliseconds in slices. search.ts repeats it until the end, or until
   * the search is cancelled.
   * @throws UsageError "closed"
   */
  searchStep: {
    params: v.strictObject({
      text: short,
      chat: v.exactOptional(chatIdSchema),
      before: v.exactOptional(countSchema),
    }),
    result: searchStepSchema,
    ...reads,
  },

  /**
   * Sends a message. It is in the outbox when the call resolves. Changes of its state are `updated` events.
   * @param id the message's id, chosen by the caller, so that a repeated call sends it once
   * @param replyTo the message that it replies to
   * @throws UsageError "too-large", "wrong-state"; TrustError "identity-changed"
   */
  send: {
    params: v.strictObject({
      chat: chatIdSchema,
      text,
      id: v.optional(messageIdSchema, newMessageId),
      replyTo: v.exactOptional(messageIdSchema),
    }),
    result: messageSchema,
    ...{ repeatable: true, changesView: false },
  },
  /**
   * Replaces one of the user's own texts by a new version.
   * @param id the change's id, chosen by the caller, so that a repeated call makes it once
   * @throws UsageError "wrong-state" unless it is a text of the user's, "edit-too-late", "too-many-edits", "too-large";
   * TrustError "identity-changed"
   */
  editMessage: {
    params: v.strictObject({ chat: chatIdSchema, target: messageIdSchema, text, ...ofChange }),
    result: messageSchema,
    ...{ repeatable: true, changesView: false },
  },
  /**
   * Deletes one of the user's own messages for everybody. A line remains in its place.
   * @param id as in editMessage
   * @throws UsageError "wrong-state" unless it is a message of the user's; TrustError "identity-changed"
   */
  deleteMessage: {
    params: v.strictObject({ chat: chatIdSchema, target: messageIdSchema, ...ofChange }),
    result: messageSchema,
    ...repeatable,
  },
  /**
   * Adds a reaction to a message, or removes it. Does nothing if it is in that state already.
   * @param emoji a single one
   * @param on whether to add it
   * @param id as in editMessage
   * @throws UsageError "wrong-state" if the message does not exist or was deleted, "too-many-reactions"; TrustError "identity-changed"
   */
  react: {
    params: v.strictObject({
      chat: chatIdSchema,
      target: messageIdSchema,
      emoji: emojiSchema,
      on: v.boolean(),
      ...ofChange,
    }),
    result: messageSchema,
    ...{ repeatable: true, changesView: false },
  },
  /** @returns the earlier versions of an edited message, oldest first; empty for a message that was not edited or does not exist */
  earlierVersions: {
    params: v.strictObject({ chat: chatIdSchema, id: messageIdSchema }),
    result: listOf(versionSchema),
    ...reads,
  },
  /** @returns the messages with these ids that are in the history, in the order of the ids. Replies take their quotes from it. */
  messagesById: {
    params: v.strictObject({ chat: chatIdSchema, ids: listOf(messageIdSchema, MAX_PAGE_MESSAGES) }),
    result: listOf(messageSchema),
    ...reads,
  },
  /**
   * Sends a failed message, or a failed change, again, with the same id.
   * @throws UsageError "wrong-state" unless it has failed and a conversation is open; TrustError "identity-changed"
   */
  retry: { params: v.strictObject({ chat: chatIdSchema, id: messageIdSchema }), result: nothing, ...once },
  /**
   * Adds a file of this computer's disk to those that are put together under that id. Its sealed copy is on disk before this resolves.
   * @param id of the message that they become, chosen by the caller
   * @param asIs also a picture whose metadata can't be cut
   * @throws UsageError "file-unreadable", "file-too-large", "files-off", "too-many-files", "files-waiting", "metadata-kept", "wrong-state" where they
   * are on their way; StorageError "disk-full"
   */
  attachFile: {
    params: v.strictObject({ ...message, path: short, description: v.exactOptional(description), asIs }),
    result: parcelSchema,
    ...{ repeatable: false, changesView: false },
  },
  /**
   * Adds the next piece of a file that isn't on disk.
   * @param file names it among those that come in, chosen by the caller
   * @param bytes of the whole file. A piece of nothing adds an empty one
   * @returns the parcel once the last piece is in
   * @throws as attachFile; UsageError "bad-argument" for a piece that isn't the next one, "cancelled" after stopPieces or PIECE_IDLE_MS without a
   * piece
   */
  attachPiece: {
    params: v.strictObject({
      ...{
        ...message,
        file: short,
        name: short,
        bytes: countSchema,
        offset: countSchema,
        asIs,
      },
      data: v.pipe(v.string(), v.base64(), v.maxLength(MAX_PIECE_CHARACTERS)),
    }),
    result: maybe(parcelSchema),
    ...{ repeatable: false, changesView: false },
  },
  /** Gives up a file that comes in pieces: nothing of it stays. Does nothing if there is none. @param file as in attachPiece */
  stopPieces: {
    params: v.strictObject({ file: short }),
    result: nothing,
    ...{ repeatable: true, changesView: false },
  },
  /** Takes one file out again. @throws UsageError "wrong-state" */
  detachFile: { params: v.strictObject(attached), result: parcelSchema, ...once },
  /**
   * Sets a file's description, which screen readers read, and its preview, a picture: base64 of at most MAX_PREVIEW_BYTES. Absent: it stays.
   * @throws UsageError "wrong-state"
   */
  describeFile: {
    params: v.strictObject({
      ...attached,
      description: v.exactOptional(description),
      preview: v.exactOptional(v.pipe(v.string(), v.base64(), v.maxLength(MAX_PREVIEW_CHARACTERS))),
    }),
    result: parcelSchema,
    ...repeatable,
  },
  /** Opens a picture that is attached. @returns undefined where it must not be drawn @throws UsageError "wrong-state"; TrustError "undecryptable" */
  attachedPicture: { params: v.strictObject(attached), result: maybe(attachedPictureSchema), ...reads },
  /**
   * Uploads the files, also after a restart, then makes the message of that id. Failures are in the parcel.
   * @throws UsageError "wrong-state" without files or an open conversation, "too-large"
   */
  sendFiles: {
    params: v.strictObject({
      ...message,
      caption: v.optional(text),
      replyTo: v.exactOptional(messageIdSchema),
    }),
    result: nothing,
    ...repeatable,
  },
  /** Takes files back that aren't a message yet: their copies go, here and on the server. */
  cancelFiles: { params: v.strictObject(message), result: nothing, ...repeatable },
  /** @returns the files that are put together in a chat, or on their way */
  parcels: { params: toChat, result: listOf(parcelSchema), ...reads },
  /**
   * Fetches a file, or the rest of it, and checks its SHA-256. Resolves once it is here.
   * @throws RefusedError "blob-gone"; UsageError "file-damaged", "not-connected", "cancelled", "wrong-state"; NetworkError, after which it goes on
   * by itself; StorageError "disk-full"
   */
  fetchFile: { params: v.strictObject(file), result: nothing, ...{ repeatable: true, changesView: false } },
  /** Stops fetching a file, and removes the part that is here. @throws UsageError "wrong-state" */
  stopFile: { params: v.strictObject(file), result: nothing, ...repeatable },
  /**
   * Writes a file in the clear to this computer's disk, and fetches it first where it isn't here.
   * @param path in: a folder, where it gets its own name, cleaned, and a number where that is taken; new: a file that must not exist;
   * replacing: a file that may
   * @returns its path
   * @throws as fetchFile; UsageError "file-exists", "file-unreadable"
   */
  saveFile: {
    params: v.strictObject({ ...file, path: short, as: v.picklist(["in", "new", "replacing"]) }),
    result: short,
    ...{ repeatable: false, changesView: false },
  },
  /**
   * Reads a part of a file that is here, for the screen. All of the file is opened, and its SHA-256 compared, before a part is returned.
   * @param as picture: PNG, JPEG, GIF or WebP by its bytes, of at most 16 MiB and within the bounds of messenger/pictures. text: valid UTF-8
   * without NUL, of at most 5 MiB
   * @returns at most 1 MiB from `offset`, or the reason why the file isn't shown as that
   * @throws UsageError "wrong-state" where it isn't here, "file-damaged", "bad-argument" for an offset beyond its end; errors of the disk
   */
  readFile: {
    params: v.strictObject({ ...file, as: v.picklist(["picture", "text"]), offset: countSchema }),
    result: filePartSchema,
    ...{ repeatable: true, changesView: false },
  },
  markRead: { params: toChat, result: nothing, ...repeatable },
  setDraft: { params: v.strictObject({ chat: chatIdSchema, text }), result: nothing, ...repeatable },
  /** Tells the other person that the user is typing, at most every few seconds, if the setting is on and the chat is open. */
  typed: { params: toChat, result: nothing, ...{ repeatable: true, changesView: false } },
  /**
   * Deletes the draft and the messages of a chat on this computer, except messages that are waiting to be sent. The chat itself stays.
   * @param upTo the position of the newest message that the user saw; later ones stay
   */
  deleteHistory: {
    params: v.strictObject({ chat: chatIdSchema, upTo: countSchema }),
    result: nothing,
    ...repeatable,
  },
  /**
   * Deletes a message on this computer. @throws UsageError "wrong-state" while it, or a change to it, waits to be sent
   */
  deleteHere: {
    params: v.strictObject({ chat: chatIdSchema, target: messageIdSchema }),
    result: nothing,
    ...repeatable,
  },
  /** Sets how long messages are kept on this computer. Also applies to existing messages, at once. */
  setKeep: {
    params: v.strictObject({ chat: chatIdSchema, keep: keepSchema }),
    result: nothing,
    ...repeatable,
  },
  /** Reports that the chat was closed on screen. Deletes its read messages if its retention is "off". */
  putAway: { params: toChat, result: nothing, ...repeatable },
  /**
   * Sets the time after which everybody's new messages disappear: seconds, at most MAX_EXPIRY_SECONDS; 0 turns it off.
   * @param shown the timer that was on screen
   * @throws UsageError "wrong-state" while no conversation is open, "timer-changed", "bad-argument"; TrustError "identity-changed"
   */
  setTimer: {
    params: v.strictObject({ chat: chatIdSchema, seconds: countSchema, shown: countSchema }),
    result: nothing,
    ...repeatable,
  },

  /**
   * Asks a person to talk. If that person has asked already, accepts instead and keeps the note as the draft.
   * @param wait whether the server keeps the request for a person who is offline
   * @param note a text that is sealed for that person; at most MAX_NOTE_CHARACTERS
   * @throws RefusedError "user-not-found", "already-asked", "self"; UsageError "not-connected", "wrong-state",
   * "note-unsealable", "too-large"; TrustError "identity-changed"; NetworkError if the connection ended before the answer: the request may
   * have arrived
   */
  request: {
    params: v.strictObject({ peer: peerSchema, wait: v.optional(v.boolean()), note: v.optional(short) }),
    result: nothing,
    ...once,
  },
  /**
   * Accepts a request.
   * @throws UsageError "request-changed", "wrong-state"; TrustError "identity-changed"; RefusedError if it no longer exists
   */
  accept: {
    params: v.strictObject({ chat: chatIdSchema, request: shownSchema("request") }),
    result: nothing,
    ...once,
  },
  /** Refuses a request. @throws UsageError "request-changed", "wrong-state" */
  refuse: {
    params: v.strictObject({ chat: chatIdSchema, request: shownSchema("request") }),
    result: nothing,
    ...once,
  },
  /** Closes the chat for everybody in it, or withdraws an unanswered request. @throws UsageError "chat-changed", "wrong-state" */
  closeChat: {
    params: v.strictObject({ chat: chatIdSchema, standing: shownSchema("standing") }),
    result: nothing,
    ...once,
  },
  /**
   * Blocks a person, and ends any request or conversation with them without notifying them. Also works offline: the server receives the
   * block at the next sign-in.
   * @param request the request that this answers; null to block the name independently of any request
   * @throws UsageError "request-changed", "wrong-state"
   */
  block: {
    params: v.strictObject({ peer: peerSchema, request: v.nullable(shownSchema("request")) }),
    result: nothing,
    ...repeatable,
  },
  /**
   * Unblocks a person; also lifts a block that only the server lists.
   * @throws UsageError "not-connected", since the server has to lift it
   */
  unblock: { params: toPeer, result: nothing, ...repeatable },
  /** Returns all blocked people, sorted by name. */
  blocked: { params: noParams, result: listOf(peerSchema), ...reads },
  setMuted: {
    params: v.strictObject({ chat: chatIdSchema, muted: mutedSchema }),
    result: nothing,
    ...repeatable,
  },

  /** Returns the safety number, 12 groups of five digits; undefined while no key of that person is pinned. */
  safetyNumber: { params: toPeer, result: maybe(shownSchema("number")), ...reads },
  /** Returns the safety numbers for both keys of a person whose key has changed; undefined if it has not. */
  changedNumbers: { params: toPeer, result: maybe(changedNumbersSchema), ...reads },
  /**
   * Marks a person as verified or not.
   * @param number the safety number that the users have compared; null removes the mark
   * @throws UsageError "number-changed" if the number or the key has changed since; "wrong-state" for a person without a contact
   */
  setVerified: {
    params: v.strictObject({ peer: peerSchema, number: v.nullable(shownSchema("number")) }),
    result: nothing,
    ...repeatable,
  },
  /**
   * Trusts a changed key and removes "verified". A new request to talk is possible afterwards.
   * @throws UsageError "key-changed-again", "wrong-state"
   */
  acceptNewKey: {
    params: v.strictObject({ peer: peerSchema, change: shownSchema("key-change") }),
    result: nothing,
    ...once,
  },
  /**
   * Rejects a changed key. Keeps the pinned key, and its conversation if one was open.
   * @throws UsageError "key-changed-again", "wrong-state"
   */
  keepOldKey: {
    params: v.strictObject({ peer: peerSchema, change: shownSchema("key-change") }),
    result: nothing,
    ...once,
  },

  /**
   * Joins a server with an invite link, stores the account and stays online. After an interruption at any point, it can be called again
   * with the same link, since the server recognizes the key.
   * @throws UsageError, TrustError, RefusedError, NetworkError
   */
  join: { params: v.strictObject({ link: short, name: short }), result: nothing, ...once },
  /**
   * Goes online with the stored account. Does not wait for the network.
   * @throws UsageError "wrong-state" without an account, "account-changed"
   */
  connect: { params: toAccount, result: nothing, ...repeatable },
  reconnectNow: { params: noParams, result: nothing, ...repeatable },
  /** Sends QUIT and goes offline. Keeps the account. */
  signOut: { params: noParams, result: nothing, ...repeatable },
  /**
   * Signs out and deletes account, keys and history on this machine. Damaged stores that were set aside stay.
   * @throws UsageError "account-changed", "wrong-state"
   */
  forget: { params: toAccount, result: nothing, ...once },
  /** Makes an invite link. @throws UsageError "not-connected"; RefusedError "not-allowed" */
  createInvite: {
    params: v.strictObject({ uses: countSchema, expiresSeconds: countSchema }),
    result: v.object({ link: short, expiresAt: time }),
    ...{ repeatable: false, changesView: false },
  },

  /** Turns "do not disturb" on or off. @param until its end: Unix time, milliseconds; null turns it off */
  /**
   * Sets the user's display name and colour, and sends them to everybody in an open chat, also in later ones.
   * @param name "" for none. @param color 0 for none
   */
  setProfile: { params: v.strictObject(profileSchema.entries), result: nothing, ...repeatable },
  /** @returns the user's own profile */
  profile: { params: noParams, result: profileSchema, ...reads },
  setQuiet: { params: v.strictObject({ until: v.nullable(countSchema) }), result: nothing, ...repeatable },
  /** Returns the end of "do not disturb"; null if it is off. */
  quietUntil: { params: noParams, result: v.nullable(countSchema), ...reads },
  /** Makes the user appear offline to others, or online again. @throws UsageError "not-connected"; NetworkError */
  setInvisible: { params: v.strictObject({ invisible: v.boolean() }), result: nothing, ...repeatable },
  invisible: { params: noParams, result: v.boolean(), ...reads },

  /**
   * Writes a backup of everything except the conversations' keys. The leader writes it, on the same computer, and keeps working meanwhile.
   * @throws UsageError "weak-passphrase", "wrong-state" without an account or while another archive is under way,
   * "cancelled"; errors of the disk
   */
  backUp: { params: v.strictObject(toArchive), result: nothing, ...archives },
  /**
   * Writes a recovery file. If the keyring loses the keys, it restores account and contacts, and with the store on this disk the history.
   * @throws as backUp
   */
  saveRecoveryFile: { params: v.strictObject(toArchive), result: nothing, ...archives },
  /**
   * Replaces account and history by those of a backup. An error before the whole file was read changes nothing. Does not connect.
   * @param replaced the account that the user agreed to replace; null if there was none
   * @throws UsageError "backup-unknown", "backup-damaged", "wrong-passphrase", "cancelled", "account-changed",
   * "wrong-state" while joining or while another archive is under way; errors of the disk
   */
  restore: {
    params: v.strictObject({ ...toArchive, replaced: v.nullable(shownSchema("account")) }),
    result: nothing,
    ...once,
  },
  /** Cancels a running backup or restore. A restore that has taken effect cannot be cancelled. */
  stopArchiving: { params: noParams, result: nothing, ...archives },
  /** Emits "locked" in all windows. Each of them then closes its messenger. */
  lock: { params: noParams, result: nothing, ...reads },
  /** Emits "vault" in all windows, including the caller's, with the contents after the lock was turned on or off. */
  tellVault: { params: vaultSchema, result: nothing, ...reads },
} as const satisfies Record<string, CallDefinition>;

export type Call = keyof typeof CALLS;
/** Parameters as a caller passes them: those with a default are optional. */
export type Params<C extends Call> = v.InferInput<(typeof CALLS)[C]["params"]>;
export type Result<C extends Call> = v.InferOutput<(typeof CALLS)[C]["result"]>;
export type Calls = { readonly [C in keyof typeof CALLS]: (params: Params<C>) => Promise<Result<C>> };
export type Ask = <C extends Call>(call: C, params: Params<C>) => Promise<Result<C>>;

/** Makes the calls of a follower, each of which passes its name and parameters to `ask`. */
export function remoteCalls(ask: Ask): Calls {
  const names = Object.keys(CALLS).filter(isCall);
  const calls = names.map((call) => [call, (params: Params<typeof call>) => ask(call, params)]);
  return Object.fromEntries(calls);
}

export function isCall(name: string): name is Call {
  return Object.hasOwn(CALLS, name);
}

/** @returns the parameters with defaults filled in; undefined if they do not match the call's schema */
export function checkParams<C extends Call>(
  call: C,
  params: unknown,
): { readonly params: Params<C> } | undefined {
  const { success, output } = v.safeParse(CALLS[call].params, params);
  // Apart from defaults, checks change nothing (calls.test.ts).
  return success ? { params: output as Params<C> } : undefined;
}
