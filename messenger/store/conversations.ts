/** The MLS state of each conversation, sealed. Replaced with every message, in the transaction that sends or receives it. */
import { type ConversationId, idBytes } from "../../protocol/names.ts";
import { blob } from "./columns.ts";
import type { Database } from "./database.ts";
import { type ChatNumber, chatNumber } from "./numbers.ts";
import type { StoreKey } from "./seal.ts";

export class ConversationStates {
  readonly #database: Database;
  readonly #key: StoreKey;

  constructor(database: Database, key: StoreKey) {
    this.#database = database;
    this.#key = key;
  }

  /** @returns whose conversation that is; undefined when it is none we hold */
  chatOf(conversation: ConversationId): ChatNumber | undefined {
    const row = this.#database
      .statement("SELECT chat FROM conversation WHERE id = ?")
      .get(idBytes(conversation));
    return row && chatNumber(row);
  }

  /** @returns the serialised state, in the clear; the caller does not keep it */
  get(conversation: ConversationId): Uint8Array | undefined {
    const row = this.#database
      .statement("SELECT state FROM conversation WHERE id = ?")
      .get(idBytes(conversation));
    return row && this.#key.open(blob(row, "state"), place(conversation));
  }

  /** Stores the state. Inside a transaction. */
  put(chat: ChatNumber, conversation: ConversationId, state: Uint8Array): void {
    this.#database
      .statement(
        "INSERT INTO conversation (id, chat, state) VALUES (?, ?, ?) ON CONFLICT (id) DO UPDATE SET state = excluded.state",
      )
      .run(idBytes(conversation), chat, this.#key.seal(state, place(conversation)));
  }

  /** Deletes all conversations but the newest. Inside a transaction. */
  dropAllButNewest(chat: ChatNumber): void {
    this.#database
      .statement(
        "DELETE FROM conversation WHERE chat = ? AND rowid < (SELECT max(rowid) FROM conversation WHERE chat = ?)",
      )
      .run(chat, chat);
  }

  /** Deletes all conversations. Inside a transaction. */
  dropAll(chat: ChatNumber): void {
    this.#database.statement("DELETE FROM conversation WHERE chat = ?").run(chat);
  }
}

function place(conversation: ConversationId) {
  return { table: "conversation", column: "state", row: conversation };
}
