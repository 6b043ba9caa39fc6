/**
 * Parcels: files that are to become one message, from the first that is attached until all of them are on the server. Their copies are sealed
 * and complete before a parcel names them, and are never made anew: the same key seals no other bytes.
 */
import * as v from "valibot";
import { idBytes, type MessageId } from "../../protocol/names.ts";
import { sentFileSchema } from "../kinds/files.ts";
import { messageIdSchema } from "../kinds/message-id.ts";
import { DamageError, messageIdIn, type Row } from "./columns.ts";
import type { Database } from "./database.ts";
import { type FileFolder, type FilePlace, filePlaceSchema } from "./file-folder.ts";
import { type ChatNumber, chatNumber } from "./numbers.ts";
import { SealError, type StoreKey } from "./seal.ts";
import { openJson, sealJson } from "./sealed-json.ts";
import type { UnwantedBlobs } from "./unwanted-blobs.ts";

const ParcelSchema = v.object({
  caption: v.string(),
  replyTo: v.optional(messageIdSchema),
  stage: v.picklist(["open", "sending", "failed"]),
  failure: v.optional(v.string()),
  files: v.array(
    v.object({
      place: filePlaceSchema,
      metadata: v.picklist(["none", "cut", "kept"]),
      file: sentFileSchema,
    }),
  ),
});

/** open: its user still adds to it. failed: as `failure` says, a ParleyError code; it can be sent again. */
export interface StoredParcel extends Readonly<v.InferOutput<typeof ParcelSchema>> {
  readonly chat: ChatNumber;
  /** Of the message that it becomes. */
  readonly id: MessageId;
}

export type ParcelFile = StoredParcel["files"][number];

export class ParcelRecords {
  readonly #database: Database;
  readonly #key: StoreKey;
  readonly #folder: FileFolder;
  readonly #unwanted: UnwantedBlobs;

  constructor(database: Database, key: StoreKey, folder: FileFolder, unwanted: UnwantedBlobs) {
    this.#unwanted = unwanted;
    this.#database = database;
    this.#key = key;
    this.#folder = folder;
  }

  get(chat: ChatNumber, id: MessageId): StoredParcel | undefined {
    const row = this.#database
      .statement("SELECT * FROM parcel WHERE chat = ? AND id = ?")
      .get(chat, idBytes(id));
    return row && this.#read(row)[0];
  }

  /** @returns all, or one chat's, in the order in which they were begun */
  all(chat?: ChatNumber): readonly StoredParcel[] {
    const rows = this.#database.statement("SELECT * FROM parcel ORDER BY number").all();
    return rows
      .flatMap((row) => this.#read(row))
      .filter((parcel) => chat === undefined || parcel.chat === chat);
  }

  /** Inside a transaction. */
  put({ chat, id, caption, replyTo, stage, failure, files }: StoredParcel): void {
    const sealed = sealJson(this.#key, { caption, replyTo, stage, failure, files }, placeOf(chat, id));
    this.#database
      .statement(
        "INSERT INTO parcel (chat, id, body) VALUES (?, ?, ?) ON CONFLICT (chat, id) DO UPDATE SET body = excluded.body",
      )
      .run(chat, idBytes(id), sealed);
  }

  /** Removes a parcel; the copies stay, for the message that names them now. Inside a transaction. */
  remove({ chat, id }: Pick<StoredParcel, "chat" | "id">): void {
    this.#database.statement("DELETE FROM parcel WHERE chat = ? AND id = ?").run(chat, idBytes(id));
  }

  /** Removes a parcel with its copies; the server is to drop the parts that it may have. Inside a transaction. */
  discard(parcel: StoredParcel): void {
    this.remove(parcel);
    for (const file of parcel.files) this.discardFile(parcel, file);
  }

  /** Removes the copy of one file, which the caller takes out of the parcel. Inside a transaction. */
  discardFile({ stage }: Pick<StoredParcel, "stage">, { place, file }: ParcelFile): void {
    this.#folder.doom(place);
    if (stage !== "open") this.#unwanted.add([file.blob]);
  }

  /** @returns the places of all copies */
  places(): readonly FilePlace[] {
    return this.all().flatMap(({ files }) => files.map(({ place }) => place));
  }

  /** @returns the parcel in a list; none where its row is damaged */
  #read(row: Row): readonly StoredParcel[] {
    try {
      const [chat, id] = [chatNumber(row), messageIdIn(row)];
      return [{ chat, id, ...openJson(this.#key, ParcelSchema, row, placeOf(chat, id)) }];
    } catch (error) {
      if (error instanceof DamageError || error instanceof SealError || error instanceof SyntaxError)
        return [];
      throw error;
    }
  }
}

function placeOf(chat: ChatNumber, id: MessageId) {
  return { table: "parcel", column: "body", row: `${chat} ${id}` };
}
