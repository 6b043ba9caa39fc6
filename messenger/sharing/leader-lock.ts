/**
 * Decides which window is the leader: the one whose process has this lock. The system releases it when that process
 * ends, however it ends. It is taken before anything else is read, so that two windows that start at once do not
 * both make a database key; and it outlasts the store, which forget() makes anew.
 */
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { diskError } from "../disk-error.ts";
import { closeToOthers } from "./private-directory.ts";

const FILE_NAME = "leader.lock";
/** https://sqlite.org/rescode.html */
const SQLITE_BUSY = 5;

export class LeaderLock {
  readonly #sqlite: DatabaseSync;

  private constructor(sqlite: DatabaseSync) {
    this.#sqlite = sqlite;
  }

  /**
   * @param directory made if absent
   * @returns undefined while another process, or another part of this one, has it. Never waits.
   * @throws StorageError "disk-full"; other errors of the disk
   */
  static take(directory: string): LeaderLock | undefined {
    closeToOthers(directory);
    // An empty database in a transaction that never writes: Node has no file locks of its own, SQLite has them everywhere.
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
