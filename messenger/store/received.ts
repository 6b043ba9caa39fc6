/** Ids of all received messages and requests, and the receipts that are owed for them, also after a message was deleted. */
import { type ConversationId, idBytes, type MessageId, messageIdFrom } from "../../protocol/names.ts";
import { blob, integer } from "./columns.ts";
import type { Database } from "./database.ts";
import { type ChatNumber, chatNumber } from "./numbers.ts";
import type { Receipt } from "./stored-message.ts";

/**
 * Ids of signals and changes stored per chat: a multiple of the deliveries that a server sends without confirmation, since it repeats
 * unconfirmed ones.
 */
const REMEMBERED = 1_000;

/** Whether a received id never gets receipts, is owed one, or is owed none at present. */
export type ReceiptDue = "never" | "owed" | "settled";

export interface ReceivedId {
  readonly id: Uint8Array;
  readonly receipt: Exclude<ReceiptDue, "owed">;
}

export class Received {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Stores the id of a received message or request. Inside a transaction. */
  note(chat: ChatNumber, id: MessageId | ConversationId, receipt: ReceiptDue): void {
    this.#database
      .statement("INSERT INTO received (chat, id, receipted, owed) VALUES (?, ?, ?, ?)")
      .run(chat, idBytes(id), Number(receipt !== "never"), receipt === "owed" ? "delivered" : null);
  }

  /** Stores the id of a message that did not open, so that it is reported once. Inside a transaction. @returns whether the id is new */
  noteUnopened(chat: ChatNumber, id: MessageId): boolean {
    const note = this.#database.statement(
      "INSERT INTO received (chat, id, unopened) VALUES (?, ?, 1) ON CONFLICT DO NOTHING",
    );
    return note.run(chat, idBytes(id)).changes > 0;
  }

  /** Forgets that the message did not open: it opens now. Inside a transaction. */
  forgetUnopened(chat: ChatNumber, id: MessageId): void {
    this.#database
      .statement("DELETE FROM received WHERE chat = ? AND id = ? AND unopened = 1")
      .run(chat, idBytes(id));
  }

  /**
   * Stores the id of a received signal or change, and deletes the oldest of them beyond REMEMBERED, except those that are owed a receipt:
   * their senders can produce any number without showing anything. Inside a transaction.
   */
  noteUnshown(chat: ChatNumber, id: MessageId, receipt: ReceiptDue): void {
    const last = this.#database
      .statement("SELECT max(signal) AS last FROM received WHERE chat = ? AND signal IS NOT NULL")
      .get(chat);
    const signal = last?.["last"] == null ? 1 : integer(last, "last") + 1;
    this.note(chat, id, receipt);
    this.#database
      .statement("UPDATE received SET signal = ? WHERE chat = ? AND id = ?")
      .run(signal, chat, idBytes(id));
    this.#database
      .statement("DELETE FROM received WHERE chat = ? AND signal <= ? AND owed IS NULL")
      .run(chat, signal - REMEMBERED);
  }

  /** Whether a message or request with that id is here. */
  has(chat: ChatNumber, id: MessageId | ConversationId): boolean {
    const found = this.#database.statement(
      "SELECT 1 FROM received WHERE chat = ? AND id = ? AND unopened = 0",
    );
    return found.get(chat, idBytes(id)) !== undefined;
  }

  /** @returns up to `limit` of the chat's ids greater than `after`, sorted */
  after(chat: ChatNumber, after: Uint8Array, limit: number): readonly ReceivedId[] {
    return this.#database
      .statement(
        "SELECT id, receipted FROM received WHERE chat = ? AND id > ? AND unopened = 0 ORDER BY id LIMIT ?",
      )
      .all(chat, after, limit)
      .map((row) => ({ id: blob(row, "id"), receipt: row["receipted"] === 1 ? "settled" : "never" }));
  }

  /** Owes a "read" receipt for all received messages from `position` on. Inside a transaction. */
  oweRead(chat: ChatNumber, position: number): void {
    this.#database
      .statement(
        `UPDATE received SET owed = 'read' WHERE chat = ?1 AND receipted = 1
         AND id IN (SELECT id FROM message WHERE chat = ?1 AND position >= ?2 AND target IS NULL)`,
      )
      .run(chat, position);
  }

  /** Owes the receipt again, since a repeated message shows that its sender did not get one. Inside a transaction. */
  oweAgain(chat: ChatNumber, id: MessageId): void {
    this.#database
      .statement(
        "UPDATE received SET owed = 'delivered' WHERE chat = ? AND id = ? AND receipted = 1 AND owed IS NULL",
      )
      .run(chat, idBytes(id));
  }

  /** @returns up to `limit` ids that are owed this receipt */
  owing(chat: ChatNumber, owed: Receipt, limit: number): readonly MessageId[] {
    return this.#database
      .statement("SELECT id FROM received WHERE chat = ? AND owed = ? AND length(id) = 16 LIMIT ?")
      .all(chat, owed, limit)
      .flatMap((row) => messageIdFrom(blob(row, "id")) ?? []);
  }

  /** @returns the chats with owed receipts */
  owedChats(): readonly ChatNumber[] {
    return this.#database
      .statement("SELECT DISTINCT chat FROM received WHERE owed IS NOT NULL AND length(id) = 16")
      .all()
      .map((row) => chatNumber(row));
  }

  /** Settles a receipt that was added to the outbox. A "read" that became due in the meantime stays owed. Inside a transaction. */
  settleOwed(chat: ChatNumber, ids: readonly MessageId[], owed: Receipt): void {
    const settle = this.#database.statement(
      "UPDATE received SET owed = NULL WHERE chat = ? AND id = ? AND owed = ?",
    );
    for (const id of ids) settle.run(chat, idBytes(id), owed);
  }
}
