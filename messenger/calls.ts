/**
 * Every call of a messenger: one row here, and one method of that name on Messenger. The types of both sides, the other
 * windows' side and the checks where a call and its answer cross the pipe are all made from this table.
 */
import * as v from "valibot";
import { MAX_PLAINTEXT_BYTES } from "../protocol/limits.ts";
import { newMessageId } from "../protocol/names.ts";
import {
  changedNumbersSchema,
  chatIdSchema,
  countSchema,
  keepSchema,
  listOf,
  messageIdSchema,
  messageSchema,
  mutedSchema,
  peerSchema,
  searchStepSchema,
  shownSchema,
  vaultSchema,
} from "./values.ts";

/** The most messages in a page: several times as many as a panel shows at once. */
const MAX_PAGE_MESSAGES = 500;
/** More than may be sent: the messenger says so, and a draft can still be cut down. */
const MAX_TEXT_CHARACTERS = 4 * MAX_PLAINTEXT_BYTES;

interface CallDefinition {
  readonly params: v.GenericSchema;
  readonly result: v.GenericSchema;
  /** Doing it twice has the effect of doing it once, so it is asked again where the leader is gone before it answered. */
  readonly repeatable: boolean;
  /** Whether it changes the view: state, people or chats. The caller has the change by the time it has the answer. */
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
/** A caller leaves them out; on the pipe they are `{}`. */
const noParams = v.custom<void>((value) => value === undefined || v.is(v.strictObject({}), value));
/** Makes a schema optional. JSON has no undefined: it crosses as null. */
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

const toPeer = v.strictObject({ peer: peerSchema });
const toChat = v.strictObject({ chat: chatIdSchema });
const toAccount = v.strictObject({ account: shownSchema("account") });
const toArchive = { path: short, passphrase: short };

export const CALLS = {
  /** @returns a stretch of the history, oldest first; as quick at any place of any history */
  messages: {
    params: v.strictObject({ chat: chatIdSchema, stretch }),
    result: listOf(messageSchema),
    ...reads,
  },
  /** @returns the position of that message, or of the first one of that time (Unix, milliseconds) or later, if there is any */
  positionOf: {
    params: v.strictObject({
      chat: chatIdSchema,
      target: v.union([v.strictObject({ id: messageIdSchema }), v.strictObject({ at: v.number() })]),
    }),
    result: maybe(countSchema),
    ...reads,
  },
  /**
   * Looks through some of the history, newest first, for some tens of milliseconds in slices; search.ts goes on until
   * the end or until nobody wants to know any more.
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
   * Writes a message to the outbox before it resolves; changes of its state come as `updated`.
   * @param id of the message, chosen where the call is made: asked again, of whichever window, it is sent once
   * @throws UsageError "too-large", "wrong-state"; TrustError "identity-changed"
   */
  send: {
    params: v.strictObject({ chat: chatIdSchema, text, id: v.optional(messageIdSchema, newMessageId) }),
    result: messageSchema,
    ...{ repeatable: true, changesView: false },
  },
  /** Sends a failed message again, under its id. @throws UsageError "wrong-state" unless it failed and a conversation is open; TrustError "identity-changed" */
  retry: { params: v.strictObject({ chat: chatIdSchema, id: messageIdSchema }), result: nothing, ...once },
  markRead: { params: toChat, result: nothing, ...repeatable },
  setDraft: { params: v.strictObject({ chat: chatIdSchema, text }), result: nothing, ...repeatable },
  /**
   * Deletes the messages of a chat on this computer, but those that still wait to leave, and its draft. The chat itself
   * stays as it is.
   * @param upTo the position of the newest message that the user saw; newer ones stay
   */
  deleteHistory: {
    params: v.strictObject({ chat: chatIdSchema, upTo: countSchema }),
    result: nothing,
    ...repeatable,
  },
  /** Sets how long messages are kept on this computer; counts at once for those that are there. */
  setKeep: {
    params: v.strictObject({ chat: chatIdSchema, keep: keepSchema }),
    result: nothing,
    ...repeatable,
  },
  /** Reports that nobody looks at that chat any more: deletes its read messages where it keeps none. */
  putAway: { params: toChat, result: nothing, ...repeatable },
  /**
   * Makes everybody's new messages disappear after so many seconds, at most MAX_EXPIRY_SECONDS; 0: they stay.
   * @param shown the timer that the user saw, and changes
   * @throws UsageError "wrong-state" while no conversation is open, "timer-changed", "bad-argument"; TrustError "identity-changed"
   */
  setTimer: {
    params: v.strictObject({ chat: chatIdSchema, seconds: countSchema, shown: countSchema }),
    result: nothing,
    ...repeatable,
  },

  /**
   * Asks somebody to talk. Accepts instead where they have asked already; the note becomes the draft then.
   * @param wait leave it for somebody who is away
   * @param note sealed for them; at most MAX_NOTE_CHARACTERS
   * @throws RefusedError "user-not-found", "already-asked", "self"; UsageError "not-connected", "wrong-state",
   * "note-unsealable", "too-large"; TrustError "identity-changed"; NetworkError when the line went before the answer
   * came: the request may have arrived
   */
  request: {
    params: v.strictObject({ peer: peerSchema, wait: v.optional(v.boolean()), note: v.optional(short) }),
    result: nothing,
    ...once,
  },
  /** @throws UsageError "request-changed", "wrong-state"; TrustError "identity-changed"; RefusedError when the request is gone */
  accept: {
    params: v.strictObject({ chat: chatIdSchema, request: shownSchema("request") }),
    result: nothing,
    ...once,
  },
  /** @throws UsageError "request-changed", "wrong-state" */
  refuse: {
    params: v.strictObject({ chat: chatIdSchema, request: shownSchema("request") }),
    result: nothing,
    ...once,
  },
  /** Closes the chat for everybody; withdraws a request that has no answer yet. @throws UsageError "chat-changed", "wrong-state" */
  closeChat: {
    params: v.strictObject({ chat: chatIdSchema, standing: shownSchema("standing") }),
    result: nothing,
    ...once,
  },
  /**
   * Ends any request or conversation with that person without telling them. Offline too: the server is told at the next sign-in.
   * @param request the request that this answers; null: blocks the name, whoever has it
   * @throws UsageError "request-changed", "wrong-state"
   */
  block: {
    params: v.strictObject({ peer: peerSchema, request: v.nullable(shownSchema("request")) }),
    result: nothing,
    ...repeatable,
  },
  /** Also lifts a block that only the server lists. @throws UsageError "not-connected": the server must lift the block */
  unblock: { params: toPeer, result: nothing, ...repeatable },
  /** @returns everybody blocked, by name */
  blocked: { params: noParams, result: listOf(peerSchema), ...reads },
  setMuted: {
    params: v.strictObject({ chat: chatIdSchema, muted: mutedSchema }),
    result: nothing,
    ...repeatable,
  },

  /** @returns 12 groups of five digits, or undefined while no key of that person is pinned */
  safetyNumber: { params: toPeer, result: maybe(shownSchema("number")), ...reads },
  /** @returns both keys of somebody whose key has changed, as they can be compared; undefined where it has not */
  changedNumbers: { params: toPeer, result: maybe(changedNumbersSchema), ...reads },
  /**
   * @param number the one that the two have compared; null: they have not
   * @throws UsageError "number-changed" where it is another by now, or another key came; "wrong-state" for a stranger
   */
  setVerified: {
    params: v.strictObject({ peer: peerSchema, number: v.nullable(shownSchema("number")) }),
    result: nothing,
    ...repeatable,
  },
  /**
   * After "key-changed": trusts the new key (drops "verified"); a new request to talk is then possible.
   * @throws UsageError "key-changed-again", "wrong-state"
   */
  acceptNewKey: {
    params: v.strictObject({ peer: peerSchema, change: shownSchema("key-change") }),
    result: nothing,
    ...once,
  },
  /**
   * After "key-changed": the new key is not that person's. Goes on with the pinned key, and with its conversation if one was open.
   * @throws UsageError "key-changed-again", "wrong-state"
   */
  keepOldKey: {
    params: v.strictObject({ peer: peerSchema, change: shownSchema("key-change") }),
    result: nothing,
    ...once,
  },

  /**
   * Joins a server with an invite link; keeps the account; stays online. Broken off at any point, it may be called
   * again with the same link: the server knows the key it saw.
   * @throws UsageError, TrustError, RefusedError, NetworkError
   */
  join: { params: v.strictObject({ link: short, name: short }), result: nothing, ...once },
  /** Goes online with the kept account. Does not wait for the network. @throws UsageError "wrong-state" without one, "account-changed" */
  connect: { params: toAccount, result: nothing, ...repeatable },
  reconnectNow: { params: noParams, result: nothing, ...repeatable },
  /** QUIT. Keeps the account. */
  signOut: { params: noParams, result: nothing, ...repeatable },
  /**
   * Signs out and forgets account, keys and history on this machine. Files that were set aside stay.
   * @throws UsageError "account-changed", "wrong-state"
   */
  forget: { params: toAccount, result: nothing, ...once },
  /** @throws UsageError "not-connected"; RefusedError "not-allowed" */
  createInvite: {
    params: v.strictObject({ uses: countSchema, expiresSeconds: countSchema }),
    result: v.object({ link: short, expiresAt: time }),
    ...{ repeatable: false, changesView: false },
  },

  /** @param until do not disturb until then: Unix time, milliseconds; null: disturb */
  setQuiet: { params: v.strictObject({ until: v.nullable(countSchema) }), result: nothing, ...repeatable },
  /** @returns null where one may disturb */
  quietUntil: { params: noParams, result: v.nullable(countSchema), ...reads },
  /** Appears offline to the others, or is seen again. @throws UsageError "not-connected"; NetworkError */
  setInvisible: { params: v.strictObject({ invisible: v.boolean() }), result: nothing, ...repeatable },
  invisible: { params: noParams, result: v.boolean(), ...reads },

  /**
   * Writes a backup of everything but the conversations' keys, from the leader, on the same computer. The messenger goes on meanwhile.
   * @throws UsageError "weak-passphrase", "wrong-state" without an account or while another archive is under way,
   * "cancelled"; errors of the disk
   */
  backUp: { params: v.strictObject(toArchive), result: nothing, ...archives },
  /**
   * Writes a file that brings account, contacts and, with the store that is on this disk, the history back where the
   * keyring loses the keys. @throws as backUp
   */
  saveRecoveryFile: { params: v.strictObject(toArchive), result: nothing, ...archives },
  /**
   * Replaces the account and history, if there are any, by those of a backup. An error before
   * the whole file was read changes nothing. Does not connect.
   * @param replaced the account that the user lets go; null where there was none
   * @throws UsageError "backup-unknown", "backup-damaged", "wrong-passphrase", "cancelled", "account-changed",
   * "wrong-state" while joining or while another archive is under way; errors of the disk
   */
  restore: {
    params: v.strictObject({ ...toArchive, replaced: v.nullable(shownSchema("account")) }),
    result: nothing,
    ...once,
  },
  /** Cancels the backup or the restore under way, if there is one; once a restore takes effect it is too late. */
  stopArchiving: { params: noParams, result: nothing, ...archives },
  /** Tells all windows that the user wants Parley locked. Disposing of their messenger is theirs. */
  lock: { params: noParams, result: nothing, ...reads },
  /** Notifies all windows, the caller's too, that the lock was turned on or off, and of the vault's present contents. */
  tellVault: { params: vaultSchema, result: nothing, ...reads },
} as const satisfies Record<string, CallDefinition>;

export type Call = keyof typeof CALLS;
/** As the caller gives them: parameters with a default may be left out. */
export type Params<C extends Call> = v.InferInput<(typeof CALLS)[C]["params"]>;
export type Result<C extends Call> = v.InferOutput<(typeof CALLS)[C]["result"]>;
export type Calls = { readonly [C in keyof typeof CALLS]: (params: Params<C>) => Promise<Result<C>> };
export type Ask = <C extends Call>(call: C, params: Params<C>) => Promise<Result<C>>;

/** @returns the calls, each of which asks */
export function remoteCalls(ask: Ask): Calls {
  const names = Object.keys(CALLS).filter(isCall);
  const calls = names.map((call) => [call, (params: Params<typeof call>) => ask(call, params)]);
  return Object.fromEntries(calls);
}

export function isCall(name: string): name is Call {
  return Object.hasOwn(CALLS, name);
}

/** @returns the parameters with their defaults filled in; undefined where they are out of bounds, or none of that call */
export function checkParams<C extends Call>(
  call: C,
  params: unknown,
): { readonly params: Params<C> } | undefined {
  const { success, output } = v.safeParse(CALLS[call].params, params);
  // Checks change nothing but for defaults (calls.test.ts).
  return success ? { params: output as Params<C> } : undefined;
}
