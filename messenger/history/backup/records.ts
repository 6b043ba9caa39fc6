/**
 * The contents of a backup: one JSON record per line. First the account, then contacts and chats, then the messages in order. Contacts,
 * chats, groups and the content of messages have the same form as in the store.
 *
 * MLS states are not included. A state that is used in two places, or is rolled back, seals two messages with one key and nonce, and the
 * old computer may stay in use after the backup. So after a restore the keys of open chats count as lost, and the clients agree on new
 * ones (renewal.ts) with the same identity and pinned keys.
 */
import * as v from "valibot";
import { UsageError } from "../../../protocol/errors.ts";
import { IDENTITY_KEY_BYTES, MAX_PLAINTEXT_BYTES } from "../../../protocol/limits.ts";
import type { MessageId, Username } from "../../../protocol/names.ts";
import type { Contact } from "../../contacts/contact.ts";
import type { Body } from "../../kinds/body.ts";
import type { Version } from "../../kinds/kind.ts";
import { messageIdSchema } from "../../kinds/message-id.ts";
import type { ChatId } from "../../model.ts";
import { ChatSchema, chatJson, type StoredChat } from "../../store/chats.ts";
import { ContactSchema, contactJson } from "../../store/contacts.ts";
import type { StoredFile } from "../../store/files.ts";
import { GroupSchema, groupJson } from "../../store/groups.ts";
import { type StoreId, StoreIdSchema } from "../../store/mark.ts";
import { ContentSchema } from "../../store/message-content.ts";
import type { ReceivedId } from "../../store/received.ts";
import { MarkSchema, VersionSchema } from "../../store/results.ts";
import { DATABASE_KEY_BYTES } from "../../store/seal.ts";
import { RECEIPTS, STORED_STATES, type StoredMessage } from "../../store/stored-message.ts";
import { chatIdSchema, countSchema, peerSchema } from "../../values.ts";

export interface StoreKeysRecord {
  readonly store: StoreId;
  /** DATABASE_KEY_BYTES long. The caller wipes it. */
  readonly databaseKey: Uint8Array;
}

export type BackupRecord =
  | {
      readonly kind: "account";
      /** The setting "account". */
      readonly account: string;
      /** The caller wipes it. */
      readonly seed: Uint8Array;
      /** The approximate number of records that follow, for progress. */
      readonly records: number;
    }
  /** Only in a recovery file, directly after the account: the keys of the store on this disk. */
  | ({ readonly kind: "store-keys" } & StoreKeysRecord)
  | { readonly kind: "contact"; readonly name: Username; readonly contact: Contact }
  | { readonly kind: "chat"; readonly chat: BackedUpChat }
  | {
      readonly kind: "message";
      readonly chat: ChatId;
      /** `position` is that of the message in the original store. */
      readonly message: Omit<StoredMessage, "chat" | "unsettled">;
    }
  /** A version of an edited message. Follows the record of the message. */
  | {
      readonly kind: "version";
      readonly chat: ChatId;
      readonly message: MessageId;
      readonly version: Version<Body>;
    }
  /** The state of a file of the message before it. Its copy is not in a backup: it is elsewhere then. */
  | {
      readonly kind: "file";
      readonly chat: ChatId;
      readonly message: MessageId;
      readonly item: number;
      readonly state: Extract<StoredFile["state"], "elsewhere" | "gone" | "damaged">;
      readonly at?: number | undefined;
    }
  | {
      readonly kind: "received";
      readonly chat: ChatId;
      readonly receipt: ReceivedId["receipt"];
      readonly ids: readonly MessageId[];
    };

export type BackedUpChat = Omit<StoredChat, "number">;

export const IDS_IN_A_RECORD = 1_000;

/** A text grows at most sixfold in JSON (each byte as \u00xx). The other fields of a record are small. */
export const MAX_RECORD_BYTES = 6 * MAX_PLAINTEXT_BYTES + 64 * 1024;

const bytes = (length: number) =>
  v.pipe(
    v.string(),
    v.base64(),
    v.transform((text): Uint8Array => Buffer.from(text, "base64")),
    v.length(length),
  );

const RecordSchema = v.variant("kind", [
  v.object({
    kind: v.literal("account"),
    account: v.string(),
    seed: bytes(IDENTITY_KEY_BYTES),
    records: countSchema,
  }),
  v.object({
    kind: v.literal("store-keys"),
    store: StoreIdSchema,
    databaseKey: bytes(DATABASE_KEY_BYTES),
  }),
  v.object({ kind: v.literal("contact"), name: peerSchema, contact: ContactSchema }),
  v.object({ kind: v.literal("chat"), chat: ChatSchema, group: GroupSchema }),
  v.object({
    kind: v.literal("message"),
    chat: chatIdSchema,
    position: countSchema,
    id: messageIdSchema,
    author: v.optional(peerSchema),
    state: v.optional(v.picklist(STORED_STATES)),
    failure: v.optional(v.string()),
    receivers: v.optional(
      v.array(v.object({ person: peerSchema, receipt: v.optional(v.picklist(RECEIPTS)) })),
    ),
    marks: v.optional(v.array(MarkSchema)),
    content: ContentSchema,
  }),
  v.object({
    kind: v.literal("version"),
    chat: chatIdSchema,
    message: messageIdSchema,
    version: v.object({ revision: countSchema, ...VersionSchema.entries }),
  }),
  v.object({
    kind: v.literal("file"),
    chat: chatIdSchema,
    message: messageIdSchema,
    item: countSchema,
    state: v.picklist(["elsewhere", "gone", "damaged"]),
    at: v.optional(countSchema),
  }),
  v.object({
    kind: v.literal("received"),
    chat: chatIdSchema,
    receipt: v.picklist(["never", "settled"]),
    ids: v.pipe(v.array(messageIdSchema), v.maxLength(IDS_IN_A_RECORD)),
  }),
]);

/** @returns one line with its line break */
export function encodeRecord(record: BackupRecord): Uint8Array {
  return Buffer.from(`${JSON.stringify(jsonOf(record))}\n`, "utf8");
}

/** Parses a record. @param line without its line break @throws UsageError "backup-damaged" */
export function decodeRecord(line: Uint8Array): BackupRecord {
  let json: unknown;
  try {
    json = JSON.parse(Buffer.from(line).toString("utf8"));
  } catch (error) {
    throw notUnderstood(error);
  }
  const parsed = v.safeParse(RecordSchema, json);
  if (!parsed.success) throw notUnderstood();
  const record = parsed.output;
  switch (record.kind) {
    case "account":
    case "store-keys":
    case "contact":
    case "received":
    case "version":
    case "file":
      return record;
    case "chat":
      return { kind: "chat", chat: { ...record.chat, group: record.group } };
    case "message": {
      const { kind, chat, content, author, ...message } = record;
      return { kind, chat, message: { ...message, author, ...content } };
    }
  }
}

/**
 * Returns a chat without its conversation, as a backup stores it. An open chat stays open, and continues once new keys are agreed on. An
 * agreement in progress is dropped.
 */
export function withoutConversation<Chat extends BackedUpChat>(chat: Chat): Chat {
  const bare = { ...chat, askedBy: undefined, note: undefined };
  const group = { ...chat.group, pending: undefined, joining: undefined };
  const noGroup = { ...group, current: undefined };
  switch (chat.phase) {
    case "open":
      return group.current === undefined
        ? { ...bare, phase: "none", group }
        : { ...bare, group: { ...group, lost: true } };
    case "none":
    case "closed-by-me":
    case "closed-by-peer":
    case "key-changed":
      return { ...bare, group: noGroup };
    case "requested":
    case "invited":
    case "establishing":
      return { ...bare, phase: "none", group: noGroup };
  }
}

function jsonOf(record: BackupRecord): object {
  switch (record.kind) {
    case "account":
      return { ...record, seed: Buffer.from(record.seed).toString("base64") };
    case "store-keys":
      return { ...record, databaseKey: Buffer.from(record.databaseKey).toString("base64") };
    case "received":
    case "version":
    case "file":
      return record;
    case "contact":
      return { ...record, contact: contactJson(record.contact) };
    case "chat": {
      const chat = withoutConversation(record.chat);
      return { kind: "chat", chat: chatJson(chat), group: groupJson(chat.group) };
    }
    case "message": {
      const { position, id, author, state, failure, receivers, marks, ...content } = record.message;
      const way = { position, id, author, state, failure, receivers, marks };
      return { kind: "message", chat: record.chat, ...way, content };
    }
  }
}

function notUnderstood(cause?: unknown): UsageError {
  return new UsageError("backup-damaged", "A record of the backup does not parse", { cause });
}
