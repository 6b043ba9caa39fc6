/** The user's blobs that the server no longer needs to keep. It is told when the client is online. */
import { type BlobId, blobIdFrom, idBytes } from "../../protocol/names.ts";
import { blob, integer, type Row } from "./columns.ts";
import type { Database } from "./database.ts";
import { SealError, type StoreKey } from "./seal.ts";

export class UnwantedBlobs {
  readonly #database: Database;
  readonly #key: StoreKey;
  /** False only where the table is empty: asked after each transaction. */
  #mayHaveAny = true;

  constructor(database: Database, key: StoreKey) {
    this.#database = database;
    this.#key = key;
  }

  /** Inside a transaction. */
  add(blobs: readonly BlobId[]): void {
    if (blobs.length > 0) this.#mayHaveAny = true;
    for (const id of blobs) {
      const { lastInsertRowid } = this.#database
        .statement("INSERT INTO unwanted_blob (body) VALUES (?)")
        .run(Buffer.alloc(0));
      const number = Number(lastInsertRowid);
      this.#database
        .statement("UPDATE unwanted_blob SET body = ? WHERE number = ?")
        .run(this.#key.seal(idBytes(id), placeOf(number)), number);
    }
  }

  /** @returns the oldest; undefined where there is none */
  first(): { readonly number: number; readonly blob: BlobId | undefined } | undefined {
    if (!this.#mayHaveAny) return undefined;
    const row = this.#database.statement("SELECT * FROM unwanted_blob ORDER BY number LIMIT 1").get();
    this.#mayHaveAny = row !== undefined;
    return row && { number: integer(row, "number"), blob: this.#open(row) };
  }

  remove(number: number): void {
    this.#database.statement("DELETE FROM unwanted_blob WHERE number = ?").run(number);
  }

  #open(row: Row): BlobId | undefined {
    try {
      return blobIdFrom(this.#key.open(blob(row, "body"), placeOf(integer(row, "number"))));
    } catch (error) {
      if (error instanceof SealError) return undefined;
      throw error;
    }
  }
}

function placeOf(number: number) {
  return { table: "unwanted_blob", column: "body", row: number };
}
