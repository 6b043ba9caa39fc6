/**
 * What can be asked of the window that holds the account: a row a verb. The checks are run where a question comes in
 * and where its answer does.
 */
import * as v from "valibot";
import { MAX_PLAINTEXT_BYTES } from "../../protocol/limits.ts";
import {
  changedNumbersSchema,
  countSchema,
  keepSchema,
  messageIdSchema,
  messageSchema,
  mutedSchema,
  peerSchema,
  searchStepSchema,
  shownSchema,
  vaultSchema,
} from "./values.ts";

/** A page is what a panel shows at once, several times over. */
const MAX_PAGE_MESSAGES = 500;
/** More than may be sent: the messenger says so, and a draft can still be cut down. */
const MAX_TEXT_CHARACTERS = 4 * MAX_PLAINTEXT_BYTES;

interface VerbDefinition {
  readonly params: v.GenericSchema;
  readonly result: v.GenericSchema;
  /** To do it twice is to do it once: it is asked again when the window that was asked is gone before it answered. */
  readonly again: boolean;
  /** It changes state, people or chats: who has the answer sees that. */
  readonly changes: boolean;
}

const toPeer = v.strictObject({ peer: peerSchema });
const noParams = v.strictObject({});
const text = v.pipe(v.string(), v.maxLength(MAX_TEXT_CHARACTERS));
const short = v.pipe(v.string(), v.maxLength(4096));
const archive = { path: short, passphrase: short };
/** What the user saw who decided (extension/messenger/shown.ts). */
const seen = {
  request: v.strictObject({ peer: peerSchema, request: shownSchema("request") }),
  change: v.strictObject({ peer: peerSchema, change: shownSchema("key-change") }),
  account: v.strictObject({ account: shownSchema("account") }),
};
const limit = v.pipe(countSchema, v.maxValue(MAX_PAGE_MESSAGES));
const absent = v.optional(v.undefined());
const stretch = v.union([
  v.strictObject({ limit, before: v.optional(countSchema), after: absent }),
  v.strictObject({ limit, after: countSchema, before: absent }),
]);
const nothing = v.pipe(
  v.null(),
  v.transform((): void => undefined),
);
const time = v.pipe(
  v.string(),
  v.isoTimestamp(),
  v.transform((iso) => new Date(iso)),
);
const reads = { again: true, changes: false } as const;
const repeatable = { again: true, changes: true } as const;
const once = { again: false, changes: true } as const;

export const VERBS = {
  messages: {
    params: v.strictObject({ peer: peerSchema, stretch }),
    result: v.array(messageSchema),
    ...reads,
  },
  positionOf: {
    params: v.strictObject({
      peer: peerSchema,
      target: v.union([v.strictObject({ id: messageIdSchema }), v.strictObject({ at: v.number() })]),
    }),
    result: v.nullable(countSchema),
    ...reads,
  },
  searchStep: {
    params: v.strictObject({
      text: short,
      peer: v.exactOptional(peerSchema),
      before: v.exactOptional(countSchema),
    }),
    result: searchStepSchema,
    ...reads,
  },
  setKeep: { params: v.strictObject({ peer: peerSchema, keep: keepSchema }), result: nothing, ...repeatable },
  putAway: { params: toPeer, result: nothing, ...repeatable },
  setTimer: {
    params: v.strictObject({ peer: peerSchema, seconds: countSchema, shown: countSchema }),
    result: nothing,
    ...repeatable,
  },
  deleteHistory: {
    params: v.strictObject({ peer: peerSchema, upTo: countSchema }),
    result: nothing,
    ...repeatable,
  },
  safetyNumber: { params: toPeer, result: v.nullable(shownSchema("number")), ...reads },
  changedNumbers: { params: toPeer, result: v.nullable(changedNumbersSchema), ...reads },
  join: { params: v.strictObject({ link: short, name: short }), result: nothing, ...once },
  connect: { params: seen.account, result: nothing, ...repeatable },
  reconnectNow: { params: noParams, result: nothing, ...repeatable },
  signOut: { params: noParams, result: nothing, ...repeatable },
  forget: { params: seen.account, result: nothing, ...once },
  backUp: { params: v.strictObject(archive), result: nothing, again: false, changes: false },
  saveRecoveryFile: { params: v.strictObject(archive), result: nothing, again: false, changes: false },
  restore: {
    params: v.strictObject({ ...archive, replaced: v.nullable(shownSchema("account")) }),
    result: nothing,
    ...once,
  },
  lock: { params: noParams, result: nothing, ...reads },
  tellVault: { params: vaultSchema, result: nothing, ...reads },
  stopArchiving: { params: noParams, result: nothing, again: false, changes: false },
  request: {
    params: v.strictObject({ peer: peerSchema, wait: v.boolean(), note: short }),
    result: nothing,
    ...once,
  },
  accept: { params: seen.request, result: nothing, ...once },
  refuse: { params: seen.request, result: nothing, ...once },
  block: {
    params: v.strictObject({ peer: peerSchema, request: v.nullable(shownSchema("request")) }),
    result: nothing,
    ...repeatable,
  },
  unblock: { params: toPeer, result: nothing, ...repeatable },
  blocked: { params: noParams, result: v.array(peerSchema), ...reads },
  setMuted: {
    params: v.strictObject({ peer: peerSchema, muted: mutedSchema }),
    result: nothing,
    ...repeatable,
  },
  setQuiet: { params: v.strictObject({ until: v.nullable(countSchema) }), result: nothing, ...repeatable },
  quietUntil: { params: noParams, result: v.nullable(countSchema), ...reads },
  setInvisible: { params: v.strictObject({ invisible: v.boolean() }), result: nothing, ...repeatable },
  invisible: { params: noParams, result: v.boolean(), ...reads },
  closeChat: {
    params: v.strictObject({ peer: peerSchema, standing: shownSchema("standing") }),
    result: nothing,
    ...once,
  },
  // The asker chooses the id, and what is known by its id is not sent again.
  send: {
    params: v.strictObject({ peer: peerSchema, text, id: messageIdSchema }),
    result: messageSchema,
    again: true,
    changes: false,
  },
  retry: { params: v.strictObject({ peer: peerSchema, id: messageIdSchema }), result: nothing, ...once },
  markRead: { params: toPeer, result: nothing, ...repeatable },
  setDraft: {
    params: v.strictObject({ peer: peerSchema, text }),
    result: nothing,
    ...repeatable,
  },
  setVerified: {
    params: v.strictObject({ peer: peerSchema, number: v.nullable(shownSchema("number")) }),
    result: nothing,
    ...repeatable,
  },
  acceptNewKey: { params: seen.change, result: nothing, ...once },
  keepOldKey: { params: seen.change, result: nothing, ...once },
  createInvite: {
    params: v.strictObject({ uses: countSchema, expiresSeconds: countSchema }),
    result: v.object({ link: short, expiresAt: time }),
    again: false,
    changes: false,
  },
} as const satisfies Record<string, VerbDefinition>;

export type Verb = keyof typeof VERBS;
export type Params<V extends Verb> = v.InferOutput<(typeof VERBS)[V]["params"]>;
export type Result<V extends Verb> = v.InferOutput<(typeof VERBS)[V]["result"]>;

export function isVerb(method: string): method is Verb {
  return Object.hasOwn(VERBS, method);
}
