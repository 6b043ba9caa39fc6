/** The files of messages on this computer: which of them are here, and the state of the others. A file without a row is on the server. */
import * as v from "valibot";
import { countSchema } from "../values.ts";
import { DamageError, integer, oneOf, type Row, text } from "./columns.ts";
import type { Database } from "./database.ts";
import { type FileFolder, type FilePlace, filePlaceSchema } from "./file-folder.ts";
import type { ChatNumber } from "./numbers.ts";
import { SealError, type StoreKey } from "./seal.ts";
import { openJson, sealJson } from "./sealed-json.ts";

/**
 * wanted: it is being fetched, or goes on once there is a line. here: all of it was checked. gone: the server keeps it no longer.
 * damaged: it isn't the file that its message speaks of. elsewhere: it was on the computer that a backup comes from.
 */
const FILE_STATES = ["wanted", "here", "gone", "damaged", "elsewhere"] as const;

export interface StoredFile {
  readonly state: (typeof FILE_STATES)[number];
  /** The copy on this disk. Only for "wanted" and "here". */
  readonly place?: FilePlace | undefined;
  /** Bytes that count against the bound on files fetched unasked. */
  readonly unasked?: number | undefined;
  /** "gone": when that became known; "here": when the file was last saved. Unix time, milliseconds. */
  readonly at?: number | undefined;
  /** Only for "wanted": whether the state was "elsewhere" before the user asked for the file. */
  readonly elsewhere?: boolean | undefined;
}

/** A file by its message's position and its number there. */
export interface FileSpot {
  readonly message: number;
  readonly item: number;
}

/** @returns a key for maps */
export function spotKey({ message, item }: FileSpot): string {
  return `${message} ${item}`;
}

const SealedSchema = v.object({ at: v.optional(countSchema), elsewhere: v.optional(v.boolean()) });

export class FileRecords {
  readonly #database: Database;
  readonly #key: StoreKey;
  readonly #folder: FileFolder;

  constructor(database: Database, key: StoreKey, folder: FileFolder) {
    this.#database = database;
    this.#key = key;
    this.#folder = folder;
  }

  /** @returns the rows of a message's files by their number; a damaged row counts as none */
  of(message: number): ReadonlyMap<number, StoredFile> {
    const rows = this.#database.statement("SELECT * FROM file WHERE message = ?").all(message);
    return new Map(rows.flatMap((row) => this.#read(row)));
  }

  get({ message, item }: FileSpot): StoredFile | undefined {
    return this.of(message).get(item);
  }

  /** Writes a row; a copy that it no longer names goes. Inside a transaction. */
  put(spot: FileSpot, { state, place, unasked, at, elsewhere }: StoredFile): void {
    const before = this.get(spot)?.place;
    if (before !== undefined && before !== place) this.#folder.doom(before);
    const { message, item } = spot;
    this.#database
      .statement(
        `INSERT INTO file (message, item, state, place, unasked, body) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (message, item)
         DO UPDATE SET state = excluded.state, place = excluded.place, unasked = excluded.unasked, body = excluded.body`,
      )
      .run(
        ...[message, item, state, place ?? null, unasked ?? 0],
        sealJson(this.#key, { at, elsewhere }, placeOf(message, item)),
      );
  }

  /** Removes a row with its copy: the file is on the server again, as far as is known. Inside a transaction. */
  remove({ message, item }: FileSpot): void {
    const place = this.get({ message, item })?.place;
    if (place !== undefined) this.#folder.doom(place);
    this.#database.statement("DELETE FROM file WHERE message = ? AND item = ?").run(message, item);
  }

  /** Removes the rows and copies of all files of these messages. Inside a transaction. */
  removeOf(messages: readonly number[]): void {
    const places = this.#database.statement("SELECT place FROM file WHERE message = ? AND place IS NOT NULL");
    const remove = this.#database.statement("DELETE FROM file WHERE message = ?");
    for (const message of messages) {
      for (const row of places.all(message)) {
        const place = placeIn(row);
        if (place !== undefined) this.#folder.doom(place);
      }
      remove.run(message);
    }
  }

  /** @returns all that are wanted, oldest first */
  wanted(): readonly FileSpot[] {
    return this.#database
      .statement("SELECT message, item FROM file WHERE state = 'wanted' ORDER BY message, item")
      .all()
      .map((row) => ({ message: integer(row, "message"), item: integer(row, "item") }));
  }

  /** @returns bytes that came, or are to come, without being asked for: in that chat, or in all of them */
  unaskedBytes(chat?: ChatNumber): number {
    const row = this.#database
      .statement(
        `SELECT coalesce(sum(unasked), 0) AS bytes FROM file JOIN message ON message.position = file.message
         WHERE unasked > 0 AND (?1 IS NULL OR message.chat = ?1)`,
      )
      .get(chat ?? null);
    return row === undefined ? 0 : integer(row, "bytes");
  }

  /** @returns the places of all copies */
  places(): readonly string[] {
    return this.#database
      .statement("SELECT place FROM file WHERE place IS NOT NULL")
      .all()
      .map((row) => text(row, "place"));
  }

  #read(row: Row): readonly (readonly [number, StoredFile])[] {
    const [message, item] = [integer(row, "message"), integer(row, "item")];
    try {
      const sealed = openJson(this.#key, SealedSchema, row, placeOf(message, item));
      const state = oneOf(text(row, "state"), FILE_STATES);
      const unasked = integer(row, "unasked");
      return [[item, { ...sealed, state, place: placeIn(row), unasked }]];
    } catch (error) {
      if (error instanceof DamageError || error instanceof SealError || error instanceof SyntaxError)
        return [];
      throw error;
    }
  }
}

/** The column is not sealed: a path must never come from it. */
function placeIn(row: Row): FilePlace | undefined {
  const place = v.safeParse(filePlaceSchema, row["place"]);
  return place.success ? place.output : undefined;
}

function placeOf(message: number, item: number) {
  return { table: "file", column: "body", row: `${message} ${item}` };
}
