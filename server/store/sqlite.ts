/** The store in one SQLite file: embedded, no native add-on, nothing to install. */
import type { DatabaseSync } from "node:sqlite";
import type { ServerLimits } from "../limits.ts";
import { SqliteBlobRows } from "./blob-rows.ts";
import { SqliteBlocks } from "./blocks.ts";
import type { CommitFigures } from "./commit-figures.ts";
import { SqliteConversations } from "./conversations.ts";
import { openDatabase } from "./database.ts";
import { SqliteDirectory } from "./directory.ts";
import { GroupCommit } from "./group-commit.ts";
import { SqliteInvites } from "./invites.ts";
import { SqliteMailbox } from "./mailbox.ts";
import { SqliteRequestKeys } from "./request-keys.ts";
import type {
  BlobRows,
  Blocks,
  Conversations,
  Directory,
  Invites,
  Mailbox,
  RequestKeys,
  Settings,
  Store,
} from "./store.ts";

export type StoreBounds = Pick<ServerLimits, "mailboxBytes" | "mailBytes">;

/**
 * Opens the store.
 * @param path a file, created if missing.
 * @throws OperatorError "data-folder-newer", "node-too-old"
 */
export function openStore(path: string, bounds: StoreBounds): Store {
  return new SqliteStore(openDatabase(path), bounds);
}

class SqliteStore implements Store {
  readonly directory: Directory;
  readonly invites: Invites;
  readonly conversations: Conversations;
  readonly blocks: Blocks;
  readonly requestKeys: RequestKeys;
  readonly mailbox: Mailbox;
  readonly blobs: BlobRows;
  readonly settings: Settings;
  readonly #db: DatabaseSync;
  readonly #commit: GroupCommit;
  #version: number;

  constructor(db: DatabaseSync, bounds: StoreBounds) {
    this.#db = db;
    this.#commit = new GroupCommit(db);
    this.directory = new SqliteDirectory(db, this.#commit);
    this.invites = new SqliteInvites(db, this.#commit);
    this.conversations = new SqliteConversations(db, this.#commit);
    this.blocks = new SqliteBlocks(db, this.#commit);
    this.requestKeys = new SqliteRequestKeys(db, this.#commit);
    this.mailbox = new SqliteMailbox(db, this.#commit, bounds);
    this.blobs = new SqliteBlobRows(db, this.#commit);
    this.settings = settings(db, this.#commit);
    this.#version = this.#readVersion();
  }

  atomically<T>(work: () => T): T {
    return this.#commit.atomically(work);
  }

  get commits(): CommitFigures {
    return this.#commit.figures;
  }

  committed(): Promise<void> {
    return this.#commit.committed();
  }

  changedElsewhere(): boolean {
    const before = this.#version;
    this.#version = this.#readVersion();
    return this.#version !== before;
  }

  waitForOthers(ms: number): void {
    this.#db.exec(`PRAGMA busy_timeout = ${ms}`);
  }

  close(): void {
    if (!this.#db.isOpen) return;
    this.#commit.flush();
    this.#db.close();
  }

  /**
   * Returns a number that changes when another connection commits, and only then (SQLite, PRAGMA
   * data_version).
   */
  #readVersion(): number {
    return Number(this.#db.prepare("PRAGMA data_version").get()?.["data_version"]);
  }
}

function settings(db: DatabaseSync, commit: GroupCommit): Settings {
  const get = db.prepare("SELECT value FROM settings WHERE key = ?");
  const set = db.prepare("INSERT OR REPLACE INTO settings (key, value) VALUES (?, ?)");
  return {
    get(key) {
      const value = get.get(key)?.["value"];
      return typeof value === "string" ? value : undefined;
    },
    set(key, value) {
      commit.atomically(() => set.run(key, value));
    },
  };
}
