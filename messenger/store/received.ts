/** Ids of everything that arrived, and the receipts that are owed for it, also where a message itself is gone by now. */
import { type ConversationId, idBytes, type MessageId, messageIdFrom } from "../../protocol/names.ts";
import { blob, integer } from "./columns.ts";
import type { Database } from "./database.ts";
import { type ChatNumber, chatNumber } from "./numbers.ts";
import type { Receipt } from "./stored-message.ts";

/**
 * Ids of signals that are remembered of each chat: many times as many as a server has under way to one client, for it
 * delivers unconfirmed ones again.
 */
const REMEMBERED_SIGNALS = 1_000;

/** Whether something that arrived gets a receipt, and still waits for it. */
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

  /** Notes that something with this id, a message or a request, arrived. Inside a transaction. */
  note(chat: ChatNumber, id: MessageId | ConversationId, receipt: ReceiptDue): void {
    this.#database
      .statement("INSERT INTO received (chat, id, receipted, owed) VALUES (?, ?, ?, ?)")
      .run(chat, idBytes(id), Number(receipt !== "never"), receipt === "owed" ? "delivered" : null);
  }

  /** Notes that a signal with this id arrived, and forgets the oldest where there are many. Inside a transaction. */
  noteSignal(chat: ChatNumber, id: MessageId): void {
    const last = this.#database
      .statement("SELECT max(signal) AS last FROM received WHERE chat = ? AND signal IS NOT NULL")
      .get(chat);
    const signal = last?.["last"] == null ? 1 : integer(last, "last") + 1;
    this.#database
      .statement("INSERT INTO received (chat, id, signal) VALUES (?, ?, ?)")
      .run(chat, idBytes(id), signal);
    this.#database
      .statement("DELETE FROM received WHERE chat = ? AND signal <= ?")
      .run(chat, signal - REMEMBERED_SIGNALS);
  }

  has(chat: ChatNumber, id: MessageId | ConversationId): boolean {
    return (
      this.#database.statement("SELECT 1 FROM received WHERE chat = ? AND id = ?").get(chat, idBytes(id)) !==
      undefined
    );
  }

  /** @returns up to `limit` of the ids noted for that chat, after `after`, in their own order */
  after(chat: ChatNumber, after: Uint8Array, limit: number): readonly ReceivedId[] {
    return this.#database
      .statement("SELECT id, receipted FROM received WHERE chat = ? AND id > ? ORDER BY id LIMIT ?")
      .all(chat, after, limit)
      .map((row) => ({ id: blob(row, "id"), receipt: row["receipted"] === 1 ? "settled" : "never" }));
  }

  /** Notes that everything of theirs from `position` on has been read: they are owed a "read". Inside a transaction. */
  oweRead(chat: ChatNumber, position: number): void {
    this.#database
      .statement(
        `UPDATE received SET owed = 'read' WHERE chat = ?1 AND receipted = 1
         AND id IN (SELECT id FROM message WHERE chat = ?1 AND position >= ?2 AND target IS NULL)`,
      )
      .run(chat, position);
  }

  /** Owes the receipt again: one of theirs came again, since they do not know that we have it. Inside a transaction. */
  oweAgain(chat: ChatNumber, id: MessageId): void {
    this.#database
      .statement(
        "UPDATE received SET owed = 'delivered' WHERE chat = ? AND id = ? AND receipted = 1 AND owed IS NULL",
      )
      .run(chat, idBytes(id));
  }

  /** @returns up to `limit` ids for which we owe that receipt */
  owing(chat: ChatNumber, owed: Receipt, limit: number): readonly MessageId[] {
    return this.#database
      .statement("SELECT id FROM received WHERE chat = ? AND owed = ? AND length(id) = 16 LIMIT ?")
      .all(chat, owed, limit)
      .flatMap((row) => messageIdFrom(blob(row, "id")) ?? []);
  }

  /** @returns the chats in which we owe a receipt */
  owedChats(): readonly ChatNumber[] {
    return this.#database
      .statement("SELECT DISTINCT chat FROM received WHERE owed IS NOT NULL AND length(id) = 16")
      .all()
      .map((row) => chatNumber(row));
  }

  /** Settles a receipt that is in the outbox; a "read" that fell due meanwhile stays owed. Inside a transaction. */
  settleOwed(chat: ChatNumber, ids: readonly MessageId[], owed: Receipt): void {
    const settle = this.#database.statement(
      "UPDATE received SET owed = NULL WHERE chat = ? AND id = ? AND owed = ?",
    );
    for (const id of ids) settle.run(chat, idBytes(id), owed);
  }
}
