/** The people we know: contact and chat of each, sealed on disk, held in memory whole. There are few of them and every list shows them. */
import * as v from "valibot";
import { IDENTITY_KEY_BYTES, XWING_PUBLIC_KEY_BYTES } from "../../protocol/limits.ts";
import { type ConversationId, type MessageId, parseUsername, type Username } from "../../protocol/names.ts";
import { type ChatState, NO_CHAT } from "../chats/chat.ts";
import type { Timer } from "../chats/timer.ts";
import { type Contact, STRANGER } from "../contacts/contact.ts";
import type { Keep, RequestNote } from "../model.ts";
import { base64Bytes, blob, DamageError, integer, type Row } from "./columns.ts";
import type { Database } from "./database.ts";
import type { StoreKey } from "./seal.ts";

export interface ChatRecord extends ChatState {
  /** The key that signed the request in `pending`; pinned if we accept. */
  readonly askedBy?: Uint8Array | undefined;
  /** The note that came with that request. */
  readonly note?: RequestNote | undefined;
  /** In "establishing": the result of prepareToJoin. Secret. */
  readonly joining?: { readonly keyPackage: Uint8Array; readonly secret: Uint8Array } | undefined;
  /** Some of mine wait to be sealed, in the next conversation. */
  readonly unsealed?: boolean | undefined;
  /** Mine from this position on that have no receipt go again when the conversation's keys are lost. */
  readonly undeliveredFrom?: number | undefined;
  /** Our own commit that the server refused since the other's had come first, which then must arrive. */
  readonly staleCommit?: MessageId | undefined;
  /** When conversations were agreed on anew by the programs alone, lately. Unix time, milliseconds. */
  readonly renewals?: readonly number[] | undefined;
  readonly unread: number;
  readonly firstUnread?: { readonly id: MessageId; readonly position: number } | undefined;
  /** When the last message or event was added; 0 if none was. Unix time, milliseconds, by our clock. */
  readonly lastActivity: number;
  /** When the phase last changed; likewise. */
  readonly since: number;
  readonly draft: string;
  /** No conversation was ever established: the defaults for new chats are still to be applied. */
  readonly isNew?: boolean | undefined;
  /** How long messages are kept here; forever where it is left out. */
  readonly keep?: Exclude<Keep, "forever"> | undefined;
  /** The timer that the two people agreed on. */
  readonly timer?: Timer | undefined;
}

export interface Peer {
  readonly id: number;
  readonly name: Username;
  readonly contact: Contact;
  readonly chat: ChatRecord;
}

const identityKey = v.pipe(base64Bytes, v.length(IDENTITY_KEY_BYTES));
const id = v.pipe(v.string(), v.regex(/^[0-9a-f]{32}$/));
const conversationId = v.pipe(
  id,
  v.transform((text) => text as ConversationId),
);
const messageId = v.pipe(
  id,
  v.transform((text) => text as MessageId),
);
const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));

const ContactSchema = v.object({
  name: v.string(),
  identityKey: v.optional(identityKey),
  verified: v.boolean(),
  changedTo: v.optional(identityKey),
  blocked: v.optional(v.boolean()),
  knownSince: v.optional(count),
  muted: v.optional(v.picklist(["toasts", "all"])),
  requestKey: v.optional(
    v.object({ key: v.pipe(base64Bytes, v.length(XWING_PUBLIC_KEY_BYTES)), validUntil: count }),
  ),
});

const ChatSchema = v.object({
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
  current: v.optional(conversationId),
  pending: v.optional(conversationId),
  lost: v.optional(v.boolean()),
  unsealed: v.optional(v.boolean()),
  undeliveredFrom: v.optional(count),
  staleCommit: v.optional(messageId),
  renewals: v.optional(v.array(v.number())),
  askedBy: v.optional(identityKey),
  note: v.optional(
    v.variant("kind", [
      v.object({ kind: v.literal("text"), id: messageId, text: v.string() }),
      v.object({ kind: v.literal("unopened") }),
    ]),
  ),
  joining: v.optional(v.object({ keyPackage: base64Bytes, secret: base64Bytes })),
  unread: count,
  firstUnread: v.optional(
    v.object({
      id: messageId,
      position: count,
    }),
  ),
  lastActivity: count,
  since: count,
  draft: v.string(),
  isNew: v.optional(v.boolean()),
  keep: v.optional(v.picklist(["90d", "7d", "1d", "off"])),
  timer: v.optional(v.object({ seconds: count, version: count })),
});

/** A person as JSON, the same on disk and in a backup. */
export const PersonSchema = v.object({ contact: ContactSchema, chat: ChatSchema });

export function personJson({ name, contact, chat }: Omit<Peer, "id">): v.InferInput<typeof PersonSchema> {
  return { contact: contactJson(name, contact), chat: chatJson(chat) };
}

/** @returns undefined where it does not parse */
export function parsePerson(json: unknown): Omit<Peer, "id"> | undefined {
  const parsed = v.safeParse(PersonSchema, json);
  const name = parsed.success ? parseUsername(parsed.output.contact.name) : undefined;
  if (!parsed.success || name === undefined) return undefined;
  const { contact, chat } = parsed.output;
  const { name: _, ...known } = contact;
  return { name, contact: known, chat };
}

export class Peers {
  readonly #database: Database;
  readonly #key: StoreKey;
  readonly #byName = new Map<Username, Peer>();
  readonly #byId = new Map<number, Peer>();

  constructor(database: Database, key: StoreKey) {
    this.#database = database;
    this.#key = key;
    this.load();
  }

  /** Reads all again, as after a transaction that was taken back. @throws DamageError, SealError */
  load(): void {
    this.#byName.clear();
    this.#byId.clear();
    for (const row of this.#database.statement("SELECT id, contact, chat FROM peer").all())
      this.#remember(this.#read(row));
  }

  get(name: Username): Peer | undefined {
    return this.#byName.get(name);
  }

  withId(peerId: number): Peer | undefined {
    return this.#byId.get(peerId);
  }

  all(): IterableIterator<Peer> {
    return this.#byName.values();
  }

  /** @returns the row of that person, made if there is none. Inside a transaction. */
  ensure(name: Username): Peer {
    const known = this.#byName.get(name);
    if (known !== undefined) return known;
    const empty = Buffer.alloc(0);
    const { lastInsertRowid } = this.#database
      .statement("INSERT INTO peer (tag, contact, chat) VALUES (?, ?, ?)")
      .run(this.#key.nameTag(name), empty, empty);
    const chat: ChatRecord = { ...NO_CHAT, unread: 0, lastActivity: 0, since: 0, draft: "" };
    return this.put({ id: Number(lastInsertRowid), name, contact: STRANGER, chat });
  }

  /** Writes contact and chat of a person who has a row. Inside a transaction. */
  put(peer: Peer): Peer {
    const { contact, chat } = personJson(peer);
    this.#database
      .statement("UPDATE peer SET contact = ?, chat = ? WHERE id = ?")
      .run(this.#seal(peer, "contact", contact), this.#seal(peer, "chat", chat), peer.id);
    this.#remember(peer);
    return peer;
  }

  #remember(peer: Peer): void {
    this.#byName.set(peer.name, peer);
    this.#byId.set(peer.id, peer);
  }

  #seal(peer: Peer, column: "contact" | "chat", value: object): Uint8Array {
    return this.#key.seal(Buffer.from(JSON.stringify(value), "utf8"), {
      table: "peer",
      column,
      row: peer.id,
    });
  }

  #read(row: Row): Peer {
    const peerId = integer(row, "id");
    const open = (column: "contact" | "chat"): unknown =>
      JSON.parse(
        Buffer.from(this.#key.open(blob(row, column), { table: "peer", column, row: peerId })).toString(
          "utf8",
        ),
      );
    const person = parsePerson({ contact: open("contact"), chat: open("chat") });
    if (person === undefined) throw new DamageError("A person's row does not parse");
    return { id: peerId, ...person };
  }
}

function contactJson(
  name: Username,
  { identityKey, changedTo, requestKey, ...plain }: Contact,
): v.InferInput<typeof ContactSchema> {
  return {
    ...plain,
    name,
    identityKey: base64(identityKey),
    changedTo: base64(changedTo),
    requestKey: requestKey && { key: base64(requestKey.key), validUntil: requestKey.validUntil },
  };
}

function chatJson({ askedBy, joining, renewals, ...plain }: ChatRecord): v.InferInput<typeof ChatSchema> {
  return {
    ...plain,
    renewals: renewals?.slice(),
    askedBy: base64(askedBy),
    joining: joining && { keyPackage: base64(joining.keyPackage), secret: base64(joining.secret) },
  };
}

function base64(value: Uint8Array): string;
function base64(value: Uint8Array | undefined): string | undefined;
function base64(value: Uint8Array | undefined): string | undefined {
  return value && Buffer.from(value).toString("base64");
}
