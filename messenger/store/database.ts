/** One SQLite file: opened by one process alone, changed in transactions that are on disk when they return. */
import { closeSync, openSync } from "node:fs";
import { DatabaseSync, type StatementSync } from "node:sqlite";
import { UsageError } from "../../protocol/errors.ts";
import { diskError } from "../disk-error.ts";
import { DamageError } from "./columns.ts";
import { SCHEMA, SCHEMA_VERSION } from "./schema.ts";

/** https://sqlite.org/rescode.html */
const SQLITE_ERROR = 1;
const SQLITE_BUSY = 5;
const SQLITE_CORRUPT = 11;
const SQLITE_NOTADB = 26;

export class Database {
  readonly #sqlite: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();
  #inTransaction = false;

  /**
   * @param path made, for its owner alone, where it does not exist
   * @throws DamageError when the file is none of ours; UsageError "in-use" when another process has it open,
   * "wrong-state" when a newer program wrote it; StorageError "disk-full"
   */
  constructor(path: string) {
    const sqlite = openFile(path);
    try {
      // Exclusive: two programs that each advance the same MLS state would use one key twice.
      sqlite.exec("PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA foreign_keys = ON");
      // FULL: a power cut must not take back a state whose ciphertext has already left.
      sqlite.exec("PRAGMA synchronous = FULL");
      // Deleted rows are overwritten, so that their sealed bytes do not lie in the file until somebody has the key.
      sqlite.exec("PRAGMA secure_delete = ON");
      makeTables(sqlite);
    } catch (error) {
      sqlite.close();
      throw openingError(error);
    }
    this.#sqlite = sqlite;
  }

  /** @returns the prepared statement of that text, prepared once */
  statement(sql: string): StatementSync {
    const known = this.#statements.get(sql);
    if (known !== undefined) return known;
    const statement = this.#sqlite.prepare(sql);
    this.#statements.set(sql, statement);
    return statement;
  }

  /** Runs `work` whole or not at all. @throws errors of `work`; StorageError "disk-full" */
  transaction<Result>(work: () => Result): Result {
    this.#inTransaction = true;
    try {
      return transaction(this.#sqlite, work);
    } catch (error) {
      throw diskError(error);
    } finally {
      this.#inTransaction = false;
    }
  }

  /** Brings everything from the log into the file and cuts the log to nothing. */
  checkpoint(): void {
    this.#sqlite.exec("PRAGMA wal_checkpoint(TRUNCATE)");
  }

  get isOpen(): boolean {
    return this.#sqlite.isOpen;
  }

  get inTransaction(): boolean {
    return this.#inTransaction;
  }

  close(): void {
    this.#statements.clear();
    if (this.#sqlite.isOpen) this.#sqlite.close();
  }
}

function openFile(path: string): DatabaseSync {
  try {
    closeSync(openSync(path, "a", 0o600)); // SQLite gives its side files the mode of this one
    return new DatabaseSync(path);
  } catch (error) {
    throw diskError(error);
  }
}

/** Makes the tables where the file is new. */
function makeTables(sqlite: DatabaseSync): void {
  const version = Number(sqlite.prepare("PRAGMA user_version").get()?.["user_version"]);
  if (version > SCHEMA_VERSION)
    throw new UsageError(
      "wrong-state",
      `The history has version ${version}, this program knows ${SCHEMA_VERSION}`,
    );
  if (version === SCHEMA_VERSION) return;
  transaction(sqlite, () => sqlite.exec(`${SCHEMA} PRAGMA user_version = ${SCHEMA_VERSION}`));
}

function transaction<Result>(sqlite: DatabaseSync, work: () => Result): Result {
  sqlite.exec("BEGIN IMMEDIATE");
  try {
    const result = work();
    sqlite.exec("COMMIT");
    return result;
  } catch (error) {
    try {
      sqlite.exec("ROLLBACK");
    } catch {
      // SQLite has rolled back by itself, as it does when the disk is full.
    }
    throw error;
  }
}

/** @returns the error as this module's callers know it */
function openingError(error: unknown): unknown {
  if (primaryCode(error) === SQLITE_BUSY)
    return new UsageError("in-use", "Another window has this history open", { cause: error });
  return isCorruption(error)
    ? new DamageError("This is no sound database", { cause: error })
    : diskError(error);
}

/** @returns whether opening failed because the file is damaged, rather than the disk full or the program wrong */
export function isCorruption(error: unknown): boolean {
  switch (primaryCode(error)) {
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
    // Our statements do not change: it is the file's format or the tables that do.
    case SQLITE_ERROR:
      return true;
    default:
      return false;
  }
}

/** @returns SQLite's result code without the details that it has in its higher bits; undefined for another error */
function primaryCode(error: unknown): number | undefined {
  return error instanceof Error && "errcode" in error && typeof error.errcode === "number"
    ? error.errcode & 0xff
    : undefined;
}
