/**
 * Schemas of the messenger's values on the pipe between windows. The store uses some of them too. Because they list all names and fields of
 * their types, an addition to model.ts that is missing here is a compile error.
 */
import * as v from "valibot";
import { parseUsername, type Username } from "../protocol/names.ts";
import { parseChatId } from "./chats/chat-id.ts";
import { errorSchema, type Fault, faultOf } from "./fault.ts";
import { bodySchema, type Change } from "./kinds/body.ts";
import { sentFileSchema } from "./kinds/files.ts";
import { markNameSchema, markValuesSchema } from "./kinds/mark.ts";
import { messageIdSchema } from "./kinds/message-id.ts";
import { colorSchema, displayNameSchema } from "./kinds/profile.ts";
import {
  type Account,
  type AttachedFile,
  type AttachedPicture,
  type ChangedNumbers,
  type Chat,
  type ChatId,
  type ChatMessage,
  chatPhases,
  type Keep,
  type KeyChange,
  type Member,
  type MessageVersion,
  type MessengerState,
  type Muted,
  type OutgoingState,
  type OwnChange,
  type Parcel,
  type PendingRequest,
  type Person,
  type Profile,
  type Receiver,
  type SearchMatch,
  type SearchStep,
  type Shown,
  type ShownKind,
  type ShownMark,
  type ShownPicture,
  type ShownProfile,
  type Transfer,
  type Trust,
} from "./model.ts";
import { pictureTypes } from "./pictures/format.ts";
import { filePlaceSchema } from "./store/file-folder.ts";

/** Longer than any Shown (shown.ts). */
const MAX_SHOWN_CHARACTERS = 512;

/** Makes a schema for the names of a type. @param names all names of the type */
function oneOf<Name extends string>(names: Readonly<Record<Name, true>>) {
  return v.custom<Name>((value) => typeof value === "string" && Object.hasOwn(names, value));
}

/** Makes a schema for a list. @param most the schema's limit of items */
export function listOf<Input, Output>(
  schema: v.GenericSchema<Input, Output>,
  most = Number.POSITIVE_INFINITY,
): v.GenericSchema<readonly Input[], readonly Output[]> {
  return v.pipe(v.array(schema), v.maxLength(most));
}

export const peerSchema = v.custom<Username>(
  (value) => typeof value === "string" && parseUsername(value) !== undefined,
);
export const chatIdSchema = v.custom<ChatId>(
  (value) => typeof value === "string" && parseChatId(value) !== undefined,
);
export const countSchema = v.pipe(v.number(), v.safeInteger(), v.minValue(0));

/** Returns a schema for a Shown, which only checks the length, since the messenger compares the value. @param _kind selects the type */
export function shownSchema<Kind extends ShownKind>(_kind: Kind) {
  return v.custom<Shown<Kind>>((value) => typeof value === "string" && value.length <= MAX_SHOWN_CHARACTERS);
}

const trust = oneOf<Trust>({ unknown: true, pinned: true, verified: true, changed: true });
export const phaseSchema = v.picklist(chatPhases);
const outgoingState = oneOf<OutgoingState>({
  waiting: true,
  sending: true,
  sent: true,
  delivered: true,
  read: true,
  failed: true,
});
export const mutedSchema = oneOf<Muted>({ no: true, toasts: true, all: true });

const profile = { name: displayNameSchema, color: colorSchema } satisfies Fields<Profile>;
export const profileSchema = v.object(profile);
const shownProfile = v.object({
  ...profile,
  alike: v.exactOptional(peerSchema),
} satisfies Fields<ShownProfile>);

export const personSchema = v.object({
  name: peerSchema,
  online: v.boolean(),
  trust,
  fingerprint: v.string(),
  knownSince: v.exactOptional(countSchema),
  profile: v.exactOptional(shownProfile),
} satisfies Fields<Person>);

export const keepSchema = oneOf<Keep>({ forever: true, "90d": true, "7d": true, "1d": true, off: true });

export const noteSchema = v.variant("kind", [
  v.object({ kind: v.literal("text"), id: messageIdSchema, text: v.string() }),
  v.object({ kind: v.literal("unopened") }),
]);

const keyChange = {
  shown: shownSchema("key-change"),
  pinned: v.string(),
  offered: v.string(),
} satisfies Fields<KeyChange>;

export const changedNumbersSchema = v.object({
  ...keyChange,
  pinnedNumber: shownSchema("number"),
  offeredNumber: shownSchema("number"),
} satisfies Fields<ChangedNumbers>);

const member = v.object({
  name: peerSchema,
  online: v.boolean(),
  trust,
  blocked: v.boolean(),
  keyChange: v.exactOptional(v.object(keyChange)),
  profile: v.exactOptional(shownProfile),
} satisfies Fields<Member>);

export const chatSchema = v.object({
  id: chatIdSchema,
  title: v.string(),
  members: listOf(member),
  phase: phaseSchema,
  muted: mutedSchema,
  unread: countSchema,
  lastActivity: v.number(),
  request: v.exactOptional(
    v.object({
      shown: shownSchema("request"),
      fingerprint: v.string(),
      note: v.exactOptional(noteSchema),
    } satisfies Fields<PendingRequest>),
  ),
  standing: v.exactOptional(shownSchema("standing")),
  firstUnread: v.exactOptional(messageIdSchema),
  draft: v.string(),
  keep: keepSchema,
  timerSeconds: countSchema,
} satisfies Fields<Chat>);

const changeKind = oneOf<Change["kind"]>({ edit: true, delete: true, mark: true });

const done = v.pipe(v.number(), v.minValue(0), v.maxValue(1));
const fileState = v.variant("type", [
  v.object({ type: v.literal("there") }),
  v.object({ type: v.literal("fetching"), done }),
  v.object({ type: v.literal("here"), savedAt: v.exactOptional(v.number()) }),
  v.object({ type: v.literal("gone"), since: v.number() }),
  v.object({ type: v.literal("damaged") }),
  v.object({ type: v.literal("elsewhere") }),
]);

const { name, type, bytes, description, picture } = sentFileSchema.entries;
export const parcelSchema = v.object({
  id: messageIdSchema,
  chat: chatIdSchema,
  caption: v.string(),
  replyTo: v.exactOptional(messageIdSchema),
  stage: v.picklist(["open", "sending", "failed"]),
  failure: v.exactOptional(v.string()),
  files: listOf(
    v.object({
      ...{ copy: filePlaceSchema, name, type, bytes, description, picture, done },
      metadata: v.picklist(["none", "cut", "kept"]),
    } satisfies Fields<AttachedFile>),
  ),
} satisfies Fields<Parcel>);

export const typingSchema = v.object({ chat: chatIdSchema, person: peerSchema, typing: v.boolean() });

export const attachedPictureSchema = v.object({
  type: v.picklist(pictureTypes),
  data: v.string(),
} satisfies Fields<AttachedPicture>);

export const parcelsSchema = v.object({ chat: chatIdSchema });

export const transferSchema = v.object({
  ...{ chat: chatIdSchema, id: messageIdSchema, item: countSchema, done },
  way: v.picklist(["up", "down"]),
} satisfies Fields<Transfer>);

const shownPicture = v.object({
  type: v.picklist(["image/png", "image/jpeg", "image/gif", "image/webp"]),
  ...{ width: countSchema, height: countSchema, frames: countSchema },
} satisfies Fields<ShownPicture>);
const part = { bytes: countSchema, data: v.pipe(v.string(), v.base64()) };
export const filePartSchema = v.variant("kind", [
  v.object({ kind: v.literal("picture"), picture: shownPicture, ...part }),
  v.object({ kind: v.literal("text"), ...part }),
  v.object({
    kind: v.literal("not-shown"),
    why: v.picklist(["too-large", "no-picture", "damaged", "no-text"]),
  }),
]);

export const messageSchema = v.object({
  id: messageIdSchema,
  chat: chatIdSchema,
  author: v.exactOptional(peerSchema),
  at: v.number(),
  position: countSchema,
  body: bodySchema,
  expiry: v.exactOptional(v.object({ seconds: countSchema, due: v.exactOptional(v.number()) })),
  state: v.exactOptional(outgoingState),
  receivers: v.exactOptional(
    listOf(v.object({ person: peerSchema, state: outgoingState } satisfies Fields<Receiver>)),
  ),
  failure: v.exactOptional(v.string()),
  replyTo: v.exactOptional(messageIdSchema),
  files: v.exactOptional(listOf(fileState)),
  edited: v.exactOptional(v.object({ times: countSchema, at: countSchema })),
  marks: v.exactOptional(
    listOf(
      v.object({
        by: peerSchema,
        name: markNameSchema,
        values: markValuesSchema,
      } satisfies Fields<ShownMark>),
    ),
  ),
  changes: v.exactOptional(
    listOf(
      v.object({
        id: messageIdSchema,
        kind: changeKind,
        state: outgoingState,
        failure: v.exactOptional(v.string()),
      } satisfies Fields<OwnChange>),
    ),
  ),
} satisfies Fields<ChatMessage>);

export const versionSchema = v.object({ at: v.number(), body: bodySchema } satisfies Fields<MessageVersion>);

/** A request to talk: its chat and the person who asks. */
export const requestSchema = v.object({ chat: chatIdSchema, from: personSchema });

export const removedSchema = v.object({
  chat: chatIdSchema,
  ids: listOf(messageIdSchema),
});

const searchMatch = v.object({
  chat: chatIdSchema,
  id: messageIdSchema,
  position: countSchema,
  at: v.number(),
  author: peerSchema,
  excerpt: v.string(),
} satisfies Fields<SearchMatch>);

export const searchStepSchema = v.object({
  matches: listOf(searchMatch),
  searched: countSchema,
  backTo: v.exactOptional(v.number()),
  next: v.exactOptional(countSchema),
} satisfies Fields<SearchStep>);

export const accountSchema = v.object({
  name: peerSchema,
  host: v.string(),
  port: countSchema,
  fingerprint: v.string(),
  shown: shownSchema("account"),
  identityKey: v.pipe(
    v.string(),
    v.base64(),
    v.transform((text) => new Uint8Array(Buffer.from(text, "base64"))),
  ),
} satisfies Fields<Account>);

export const stateSchema = v.variant("type", [
  v.object({ type: v.literal("no-account") }),
  v.object({ type: v.literal("signed-out") }),
  v.object({ type: v.literal("connecting") }),
  v.object({ type: v.literal("online") }),
  v.object({ type: v.literal("waiting"), retryAt: v.number(), error: errorSchema }),
  v.object({ type: v.literal("stopped"), error: errorSchema }),
]);

export const archivingSchema = v.object({ done });

type Fields<Model> = { readonly [Field in keyof Model]-?: v.GenericSchema };

export function encodeAccount(account: Account): v.InferInput<typeof accountSchema> {
  return { ...account, identityKey: Buffer.from(account.identityKey).toString("base64") };
}

export function encodeState(state: MessengerState): v.InferInput<typeof stateSchema> {
  switch (state.type) {
    case "no-account":
    case "signed-out":
    case "connecting":
    case "online":
      return { type: state.type };
    case "waiting":
      return { type: "waiting", retryAt: state.retryAt, error: fault(state.error) };
    case "stopped":
      return { type: "stopped", error: fault(state.error) };
  }
}

function fault(error: unknown): Fault {
  return faultOf(error) ?? { kind: "usage", code: "wrong-state", detail: "An error of no known kind" };
}

export const secretSchema = v.strictObject({
  key: v.pipe(v.string(), v.maxLength(256)),
  value: v.nullable(v.pipe(v.string(), v.maxLength(64 * 1024))),
});
/** More secrets than a store has. */
const MAX_SECRETS = 16;
export const vaultSchema = v.strictObject({
  contents: listOf(secretSchema, MAX_SECRETS),
});
