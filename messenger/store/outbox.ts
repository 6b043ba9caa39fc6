/**
 * Steps that must still leave this machine, in order: written in the transaction that decided them, removed once the server has answered.
 * Those that the server has only stored are kept, in case it forgets them (server-runs.ts), until the receiver is known to have them.
 * Messages are kept until a receipt in any case, in case their receiver forgets them (passed-over.ts).
 */
import type { EndedBecause } from "../../protocol/client/client.ts";
import {
  type ConversationId,
  conversationIdFrom,
  idBytes,
  type MessageId,
  messageIdFrom,
} from "../../protocol/names.ts";
import { blob, DamageError, integer, oneOf, type Row, text } from "./columns.ts";
import type { Database } from "./database.ts";
import { type ChatNumber, chatNumber } from "./numbers.ts";
import { SealError, type StoreKey } from "./seal.ts";

const VERBS = ["request", "accept", "refuse", "establish", "message", "commit", "notify"] as const;

export type Outgoing =
  | { readonly verb: "message"; readonly id: MessageId; readonly sealed: Uint8Array }
  /** A self-update of the conversation's keys, which follows on `epoch`. */
  | { readonly verb: "commit"; readonly id: MessageId; readonly epoch: bigint; readonly sealed: Uint8Array }
  /** To talk in a new conversation, in the place of one whose keys were lost. */
  | { readonly verb: "request" }
  | { readonly verb: "accept"; readonly keyPackage: Uint8Array }
  | { readonly verb: "establish"; readonly welcome: Uint8Array }
  | { readonly verb: "refuse" }
  | { readonly verb: "notify"; readonly reason: EndedBecause };

export interface OutboxEntry {
  readonly position: number;
  readonly chat: ChatNumber;
  readonly conversation: ConversationId;
  readonly outgoing: Outgoing;
}

const NOTHING = new Uint8Array(0);
/** The body of a NOTIFY that has a reason beyond that somebody wanted it. */
const LOST_STATE = Uint8Array.of(1);
const EPOCH_BYTES = 8;
/** Kept entries of a chat that are no message with a row, such as receipts. A receiver recognises the last thousand when they come again. */
const MAX_KEPT_SIGNALS = 100;
const IS_SIGNAL =
  "NOT EXISTS (SELECT 1 FROM message WHERE message.chat = outbox.chat AND message.id = outbox.id)";
const HAS_NO_RECEIPT = `EXISTS (SELECT 1 FROM message WHERE message.chat = outbox.chat AND message.id = outbox.id
  AND message.state IN ('waiting', 'sent'))`;

export class Outbox {
  readonly #database: Database;
  readonly #key: StoreKey;
  #added = new Set<ChatNumber>();

  constructor(database: Database, key: StoreKey) {
    this.#database = database;
    this.#key = key;
  }

  /** Adds an entry, which leaves once the transaction is on disk. Inside a transaction. @returns the entry's position */
  add(chat: ChatNumber, conversation: ConversationId, outgoing: Outgoing): number {
    const id = "id" in outgoing ? idBytes(outgoing.id) : NOTHING;
    const body = this.#key.seal(bodyOf(outgoing), place(chat, conversation, outgoing.verb));
    const { lastInsertRowid } = this.#database
      .statement("INSERT INTO outbox (chat, verb, conversation, id, body) VALUES (?, ?, ?, ?, ?)")
      .run(chat, outgoing.verb, idBytes(conversation), id, body);
    this.#added.add(chat);
    return Number(lastInsertRowid);
  }

  /** @returns the chats to which entries were added since it was asked last */
  takeAdded(): ReadonlySet<ChatNumber> {
    const added = this.#added;
    this.#added = new Set();
    return added;
  }

  /** @returns that chat's first entry after `position` that is to leave */
  after(chat: ChatNumber, position: number): OutboxEntry | undefined {
    const row = this.#database
      .statement(
        "SELECT * FROM outbox WHERE chat = ? AND kept = 0 AND position > ? ORDER BY position LIMIT 1",
      )
      .get(chat, position);
    return row && this.#read(row);
  }

  /** @returns all of that chat's entries that are to leave, in order */
  all(chat: ChatNumber): readonly OutboxEntry[] {
    return this.#database
      .statement("SELECT * FROM outbox WHERE chat = ? AND kept = 0 ORDER BY position")
      .all(chat)
      .map((row) => this.#read(row));
  }

  /** @returns the chats in which something waits */
  chats(): readonly ChatNumber[] {
    return this.#database
      .statement("SELECT DISTINCT chat FROM outbox WHERE kept = 0")
      .all()
      .map((row) => chatNumber(row));
  }

  /** Removes an entry. Inside a transaction. @returns false where it was no longer there */
  remove(position: number): boolean {
    return this.#database.statement("DELETE FROM outbox WHERE position = ?").run(position).changes > 0;
  }

  /** Keeps an entry that the server has stored. Inside a transaction. @returns false where it was no longer there */
  keep(chat: ChatNumber, position: number): boolean {
    const keep = this.#database.statement("UPDATE outbox SET kept = 1 WHERE position = ?");
    if (keep.run(position).changes === 0) return false;
    const signal = this.#database.statement(`SELECT 1 FROM outbox WHERE position = ? AND ${IS_SIGNAL}`);
    if (signal.get(position) === undefined) return true;
    this.#database
      .statement(
        `DELETE FROM outbox WHERE position IN (SELECT position FROM outbox WHERE chat = ? AND kept = 1 AND ${IS_SIGNAL}
         ORDER BY position DESC LIMIT -1 OFFSET ?)`,
      )
      .run(chat, MAX_KEPT_SIGNALS);
    return true;
  }

  /** Keeps the entry of a message that its receiver has confirmed, until its receipt; removes any other. Inside a transaction. @returns as keep() */
  keepForReceipt(position: number): boolean {
    const keep = this.#database.statement(
      `UPDATE outbox SET kept = 2 WHERE position = ? AND verb = 'message' AND ${HAS_NO_RECEIPT}`,
    );
    return keep.run(position).changes > 0 || this.remove(position);
  }

  /** Lets all that the server had stored in that conversation leave once more, in its order. Inside a transaction. @returns whether there is any */
  sendAgain(chat: ChatNumber, conversation: ConversationId): boolean {
    const again = this.#database.statement(
      "UPDATE outbox SET kept = 0 WHERE chat = ? AND kept = 1 AND conversation = ?",
    );
    return again.run(chat, idBytes(conversation)).changes > 0;
  }

  /**
   * Forgets the kept entries of messages that have a receipt now, and the signals before them, and marks messages before them that have none as
   * passed over. Inside a transaction.
   */
  receipted(chat: ChatNumber, ids: readonly MessageId[]): void {
    const of = this.#database.statement("SELECT max(position) AS last FROM outbox WHERE chat = ? AND id = ?");
    let last = 0;
    for (const id of ids) {
      const row = of.get(chat, idBytes(id));
      if (row?.["last"] != null) last = Math.max(last, integer(row, "last"));
      this.dropKept(chat, id);
    }
    if (last === 0) return;
    this.#database
      .statement(`DELETE FROM outbox WHERE chat = ? AND kept > 0 AND position < ? AND NOT ${HAS_NO_RECEIPT}`)
      .run(chat, last);
    this.#database
      .statement("UPDATE outbox SET passed = 1 WHERE chat = ? AND kept > 0 AND position < ? AND passed = 0")
      .run(chat, last);
  }

  /** @returns that chat's messages that receipts have passed over, in order */
  passedOver(chat: ChatNumber): readonly MessageId[] {
    return this.#database
      .statement("SELECT id FROM outbox WHERE chat = ? AND passed = 1 ORDER BY position")
      .all(chat)
      .map(messageId);
  }

  /** Forgets the kept entry of that message. Inside a transaction. */
  dropKept(chat: ChatNumber, id: MessageId): void {
    this.#database
      .statement("DELETE FROM outbox WHERE chat = ? AND id = ? AND kept > 0")
      .run(chat, idBytes(id));
  }

  /** Forgets all that is kept in that chat. Inside a transaction. */
  dropAllKept(chat: ChatNumber): void {
    this.#database.statement("DELETE FROM outbox WHERE chat = ? AND kept > 0").run(chat);
  }

  /** Takes out damaged entries: they cannot leave any more, and must not hold up those behind them. Inside a transaction. @returns their chats */
  dropDamaged(): ReadonlySet<ChatNumber> {
    const chats = new Set<ChatNumber>();
    for (const row of this.#database.statement("SELECT * FROM outbox").all())
      try {
        this.#read(row);
      } catch (error) {
        if (!(error instanceof DamageError || error instanceof SealError)) throw error;
        this.remove(integer(row, "position"));
        chats.add(chatNumber(row));
      }
    return chats;
  }

  #read(row: Row): OutboxEntry {
    const chat = chatNumber(row);
    const verb = oneOf(text(row, "verb"), VERBS);
    const conversation = conversationIdFrom(blob(row, "conversation"));
    if (conversation === undefined) throw new DamageError("A conversation id has a wrong length");
    const body = this.#key.open(blob(row, "body"), place(chat, conversation, verb));
    return {
      position: integer(row, "position"),
      chat,
      conversation,
      outgoing: outgoingOf(verb, row, body),
    };
  }
}

function bodyOf(outgoing: Outgoing): Uint8Array {
  switch (outgoing.verb) {
    case "message":
      return outgoing.sealed;
    case "accept":
      return outgoing.keyPackage;
    case "establish":
      return outgoing.welcome;
    case "commit":
      return Buffer.concat([epochBytes(outgoing.epoch), outgoing.sealed]);
    case "notify":
      return outgoing.reason === "closed" ? NOTHING : LOST_STATE;
    case "request":
    case "refuse":
      return NOTHING;
  }
}

function outgoingOf(verb: Outgoing["verb"], row: Row, body: Uint8Array): Outgoing {
  switch (verb) {
    case "message":
      return { verb, id: messageId(row), sealed: body };
    case "commit": {
      const view = Buffer.from(body.buffer, body.byteOffset, body.length);
      if (view.length < EPOCH_BYTES) throw new DamageError("A commit without its epoch");
      return { verb, id: messageId(row), epoch: view.readBigUInt64BE(), sealed: body.subarray(EPOCH_BYTES) };
    }
    case "accept":
      return { verb, keyPackage: body };
    case "establish":
      return { verb, welcome: body };
    case "request":
    case "refuse":
      return { verb };
    case "notify":
      return { verb, reason: body.length === 0 ? "closed" : "lost-state" };
  }
}

function messageId(row: Row): MessageId {
  const id = messageIdFrom(blob(row, "id"));
  if (id === undefined) throw new DamageError("A message id has a wrong length");
  return id;
}

function place(chat: ChatNumber, conversation: ConversationId, verb: string) {
  return { table: "outbox", column: "body", row: `${chat} ${conversation} ${verb}` };
}

function epochBytes(epoch: bigint): Uint8Array {
  const bytes = Buffer.alloc(EPOCH_BYTES);
  bytes.writeBigUInt64BE(epoch);
  return bytes;
}
