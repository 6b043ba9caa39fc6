/** Everything a messenger keeps on disk: the tables over one sealed database, and the way back from a damaged file. */
import { existsSync, mkdirSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { replaceFileSync } from "../../protocol/replace-file.ts";
import { ChatRecords } from "./chats.ts";
import { DamageError } from "./columns.ts";
import { ContactRecords } from "./contacts.ts";
import { ConversationStates } from "./conversations.ts";
import { Database, isCorruption } from "./database.ts";
import { Deletions } from "./deletions.ts";
import { Expiries } from "./expiries.ts";
import { FileFolder } from "./file-folder.ts";
import { FileRecords } from "./files.ts";
import { MessageRows } from "./message-rows.ts";
import { Messages } from "./messages.ts";
import { Outbox } from "./outbox.ts";
import { ParcelRecords } from "./parcels.ts";
import { People } from "./people.ts";
import { Received } from "./received.ts";
import { ChangeResults } from "./results.ts";
import { SealError, StoreKey } from "./seal.ts";
import { Settings } from "./settings.ts";
import { UnwantedBlobs } from "./unwanted-blobs.ts";

const FILE_NAME = "parley.db";
/** Of the folder with sealed copies of files. */
const FILES_NAME = "files";
/** SQLite's own names for the files beside a database. */
const SIDE_FILES = ["", "-wal", "-shm", "-journal"];

export interface OpenedStore {
  readonly store: Store;
  /** Where a file that could not be read was moved to. */
  readonly setAside?: string | undefined;
}

export class Store {
  readonly settings: Settings;
  readonly people: People;
  readonly contacts: ContactRecords;
  readonly chats: ChatRecords;
  readonly conversations: ConversationStates;
  readonly messages: Messages;
  readonly received: Received;
  readonly expiries: Expiries;
  readonly deletions: Deletions;
  readonly outbox: Outbox;
  readonly files: FileRecords;
  readonly parcels: ParcelRecords;
  readonly unwantedBlobs: UnwantedBlobs;
  /** Sealed copies of files. */
  readonly fileFolder: FileFolder;
  readonly #database: Database;
  readonly #listeners: ((outcome: "committed" | "undone") => void)[] = [];

  /** @throws DamageError, SealError, UsageError as Database */
  private constructor(path: string, databaseKey: Uint8Array) {
    this.#database = new Database(path);
    try {
      const key = new StoreKey(databaseKey);
      this.settings = new Settings(this.#database, key);
      if (this.settings.get("check") === undefined) this.settings.set("check", "parley");
      this.settings.get("account"); // damage shows here, where it can be dealt with
      this.people = new People(this.#database, key);
      this.contacts = new ContactRecords(this.#database, key, this.people);
      this.chats = new ChatRecords(this.#database, key);
      this.conversations = new ConversationStates(this.#database, key);
      this.expiries = new Expiries(this.#database, key);
      const results = new ChangeResults(this.#database, key, this.people);
      const rows = new MessageRows(this.#database, key, this.people, this.expiries, results);
      this.messages = new Messages(this.#database, rows, this.people, this.expiries, results);
      this.received = new Received(this.#database);
      this.fileFolder = new FileFolder(join(dirname(path), FILES_NAME));
      this.files = new FileRecords(this.#database, key, this.fileFolder);
      this.unwantedBlobs = new UnwantedBlobs(this.#database, key);
      this.parcels = new ParcelRecords(this.#database, key, this.fileFolder, this.unwantedBlobs);
      this.deletions = new Deletions(this.#database, this.expiries, this.files);
      this.outbox = new Outbox(this.#database, key);
      this.#database.transaction(() => this.#mendOutbox());
      this.fileFolder.sweep(new Set([...this.files.places(), ...this.parcels.places()]));
    } catch (error) {
      this.#database.close();
      throw error;
    }
  }

  /**
   * @param directory made, for its owner alone, if absent
   * @param databaseKey DATABASE_KEY_BYTES; copied
   * @throws UsageError "in-use", "wrong-state"; errors of the disk. Never for a damaged file, nor for one sealed
   * under another key: that one is renamed and a new one begun.
   */
  static open(directory: string, databaseKey: Uint8Array): OpenedStore {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    const path = join(directory, FILE_NAME);
    try {
      return { store: new Store(path, databaseKey) };
    } catch (error) {
      if (
        !(
          error instanceof DamageError ||
          error instanceof SealError ||
          error instanceof SyntaxError ||
          isCorruption(error)
        )
      )
        throw error;
      const setAside = Store.setAside(directory);
      return { store: new Store(path, databaseKey), setAside };
    }
  }

  /** @returns whether there is a store in the directory, sound or not */
  static isIn(directory: string): boolean {
    return existsSync(join(directory, FILE_NAME));
  }

  /** Renames the files of a closed store. @returns the new path */
  static setAside(directory: string): string {
    const target = join(directory, `parley-damaged-${new Date().toISOString().replaceAll(":", "-")}.db`);
    for (const side of SIDE_FILES) moveIfThere(join(directory, FILE_NAME) + side, target + side);
    moveIfThere(join(directory, FILES_NAME), `${target}-files`);
    return target;
  }

  /** Replaces a closed store by the closed one in `from`, or does nothing where that one was taken already. */
  static take(from: string, directory: string): void {
    const source = join(from, FILE_NAME);
    if (!existsSync(source)) return;
    Store.erase(directory);
    replaceFileSync(source, join(directory, FILE_NAME));
  }

  /** Removes the files of a closed store, those set aside not. */
  static erase(directory: string): void {
    for (const side of SIDE_FILES) rmSync(join(directory, FILE_NAME) + side, { force: true });
    rmSync(join(directory, FILES_NAME), { recursive: true, force: true });
  }

  /** Runs `work` whole or not at all; it is on disk when this returns. Not to be nested. */
  transaction<Result>(work: () => Result): Result {
    let result: Result;
    try {
      result = this.#database.transaction(work);
    } catch (error) {
      if (this.#database.isOpen) {
        this.people.load();
        this.contacts.load();
        this.chats.load();
        this.expiries.load();
      }
      this.#tell("undone");
      throw error;
    }
    this.#tell("committed");
    return result;
  }

  /** Empties the log that SQLite writes before the file, so that deleted rows are not in there any more. */
  scrub(): void {
    this.#database.checkpoint();
  }

  /** Calls the listener after each transaction. */
  onOutcome(listener: (outcome: "committed" | "undone") => void): void {
    this.#listeners.push(listener);
  }

  get isOpen(): boolean {
    return this.#database.isOpen;
  }

  get inTransaction(): boolean {
    return this.#database.inTransaction;
  }

  close(): void {
    this.#database.close();
  }

  /** Messages of damaged outbox entries are sealed anew. */
  #mendOutbox(): void {
    for (const number of this.outbox.dropDamaged()) {
      const chat = this.chats.withNumber(number);
      if (chat !== undefined) this.chats.put({ ...chat, group: { ...chat.group, unsealed: true } });
    }
  }

  #tell(outcome: "committed" | "undone"): void {
    this.fileFolder.settle(outcome);
    for (const listener of this.#listeners) listener(outcome);
  }
}

function moveIfThere(from: string, to: string): void {
  try {
    replaceFileSync(from, to);
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ENOENT")) throw error;
  }
}
