/**
 * The lock that decides which window is the leader. The operating system releases it when the process ends or crashes. It is taken before
 * anything is read, so that two windows that start at the same time do not both make a database key. It is separate from the store, which
 * forget() replaces.
 */
import { join, resolve } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { UsageError } from "../../protocol/errors.ts";
import { diskError } from "../disk-error.ts";
import { restrictToOwner } from "./private-directory.ts";

const FILE_NAME = "leader.lock";
/**
 * SQLite opens no path above 512 bytes outside Windows, with the ending of the journal
 * (https://sqlite.org/src/file/src/os_unix.c, MAX_PATHNAME). The rest is for the databases' names and folders in the messenger's.
 */
const MAX_DIRECTORY_BYTES = 440;
/** https://sqlite.org/rescode.html */
const SQLITE_BUSY = 5;

export class LeaderLock {
  readonly #sqlite: DatabaseSync;

  private constructor(sqlite: DatabaseSync) {
    this.#sqlite = sqlite;
  }

  /**
   * Takes the lock, without waiting.
   * @param directory made if absent
   * @returns undefined while another process, or another part of this one, has it
   * @throws UsageError "path-too-long"; StorageError "disk-full"; other errors of the disk
   */
  static take(directory: string): LeaderLock | undefined {
    if (process.platform !== "win32" && Buffer.byteLength(resolve(directory)) > MAX_DIRECTORY_BYTES)
      throw new UsageError("path-too-long", `No database can be opened in ${directory}`);
    restrictToOwner(directory);
    // Use an empty database in an open transaction, since Node has no file locks and SQLite has them on every system.
    const sqlite = new DatabaseSync(join(directory, FILE_NAME), { timeout: 0 });
    try {
      sqlite.exec("BEGIN IMMEDIATE");
      return new LeaderLock(sqlite);
    } catch (error) {
      sqlite.close();
      if (error instanceof Error && "errcode" in error && error.errcode === SQLITE_BUSY) return undefined;
      throw diskError(error);
    }
  }

  /** Releases the lock. Safe to call twice. */
  release(): void {
    if (this.#sqlite.isOpen) this.#sqlite.close();
  }
}
