/** The MLS state of each conversation, sealed. Replaced with every message, in the transaction that sends or receives it. */
import { type ConversationId, idBytes } from "../../protocol/names.ts";
import { blob, integer } from "./columns.ts";
import type { Database } from "./database.ts";
import type { StoreKey } from "./seal.ts";

export class ConversationStates {
  readonly #database: Database;
  readonly #key: StoreKey;

  constructor(database: Database, key: StoreKey) {
    this.#database = database;
    this.#key = key;
  }

  /** @returns whose conversation that is; undefined when it is none we hold */
  peerIdOf(conversation: ConversationId): number | undefined {
    const row = this.#database
      .statement("SELECT peer FROM conversation WHERE id = ?")
      .get(idBytes(conversation));
    return row && integer(row, "peer");
  }

  /** @returns the serialised state, in the clear; the caller does not keep it */
  get(conversation: ConversationId): Uint8Array | undefined {
    const row = this.#database
      .statement("SELECT state FROM conversation WHERE id = ?")
      .get(idBytes(conversation));
    return row && this.#key.open(blob(row, "state"), place(conversation));
  }

  /** Stores the state. Inside a transaction. */
  put(peerId: number, conversation: ConversationId, state: Uint8Array): void {
    this.#database
      .statement(
        "INSERT INTO conversation (id, peer, state) VALUES (?, ?, ?) ON CONFLICT (id) DO UPDATE SET state = excluded.state",
      )
      .run(idBytes(conversation), peerId, this.#key.seal(state, place(conversation)));
  }

  /** Deletes all conversations but the newest. Inside a transaction. */
  dropAllButNewest(peerId: number): void {
    this.#database
      .statement(
        "DELETE FROM conversation WHERE peer = ? AND rowid < (SELECT max(rowid) FROM conversation WHERE peer = ?)",
      )
      .run(peerId, peerId);
  }

  /** Deletes all conversations. Inside a transaction. */
  dropAll(peerId: number): void {
    this.#database.statement("DELETE FROM conversation WHERE peer = ?").run(peerId);
  }
}

function place(conversation: ConversationId) {
  return { table: "conversation", column: "state", row: conversation };
}
