/** Ids of everything that arrived, and the receipts that are owed for it. */
import { type ConversationId, idBytes, type MessageId } from "../../protocol/names.ts";
import { blob, integer, messageIdOf } from "./columns.ts";
import type { Database } from "./database.ts";
import { type ChatNumber, chatNumber } from "./numbers.ts";
import type { Receipt } from "./stored-message.ts";

/**
 * Ids of signals that are remembered of each chat: many times as many as a server has under way to one client, for it
 * delivers unconfirmed ones again.
 */
const REMEMBERED_SIGNALS = 1_000;

export class Received {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Owes the receipt again: one of theirs came again, since they do not know that we have it. Inside a transaction. */
  oweAgain(chat: ChatNumber, id: MessageId): void {
    this.#database
      .statement(
        "UPDATE message SET owed = 'delivered' WHERE chat = ? AND id = ? AND receipted = 1 AND owed IS NULL",
      )
      .run(chat, idBytes(id));
  }

  /** Settles a receipt that is in the outbox; a "read" that fell due meanwhile stays owed. Inside a transaction. */
  settleOwed(chat: ChatNumber, ids: readonly MessageId[], owed: Receipt): void {
    const settle = this.#database.statement(
      "UPDATE message SET owed = NULL WHERE chat = ? AND id = ? AND owed = ?",
    );
    for (const id of ids) settle.run(chat, idBytes(id), owed);
  }

  /** Notes that something with this id, a message or a request, arrived. Inside a transaction. */
  note(chat: ChatNumber, id: MessageId | ConversationId): void {
    this.#database.statement("INSERT INTO received (chat, id) VALUES (?, ?)").run(chat, idBytes(id));
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
  after(chat: ChatNumber, after: Uint8Array, limit: number): readonly Uint8Array[] {
    return this.#database
      .statement("SELECT id FROM received WHERE chat = ? AND id > ? ORDER BY id LIMIT ?")
      .all(chat, after, limit)
      .map((row) => blob(row, "id"));
  }

  /** Notes that everything of theirs from `position` on has been read: they are owed a "read". Inside a transaction. */
  oweRead(chat: ChatNumber, position: number): void {
    this.#database
      .statement(
        "UPDATE message SET owed = 'read' WHERE chat = ? AND position >= ? AND receipted = 1 AND target IS NULL",
      )
      .run(chat, position);
  }

  /** @returns up to `limit` ids for which we owe that receipt, oldest first */
  owing(chat: ChatNumber, owed: Receipt, limit: number): readonly MessageId[] {
    return this.#database
      .statement(
        "SELECT position, id FROM message WHERE chat = ? AND owed = ? AND length(id) = 16 ORDER BY position LIMIT ?",
      )
      .all(chat, owed, limit)
      .map(messageIdOf);
  }

  /** @returns the chats in which we owe a receipt */
  owedChats(): readonly ChatNumber[] {
    return this.#database
      .statement("SELECT DISTINCT chat FROM message WHERE owed IS NOT NULL AND length(id) = 16")
      .all()
      .map((row) => chatNumber(row));
  }
}
