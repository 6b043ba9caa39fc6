/** Opens the embedded database: the only module that imports `node:sqlite` at run time. */
import { existsSync } from "node:fs";
import type { DatabaseSync } from "node:sqlite";
import { pathToFileURL } from "node:url";
import { LEAST_COUNTED_BYTES } from "../limits.ts";
import { OperatorError } from "../operations/operator-error.ts";
import { words } from "../words/words.ts";

/**
 * The file's version (PRAGMA user_version). Nothing has been released: until then the schema is changed in
 * place.
 */
export const SCHEMA_VERSION = 1;

const SCHEMA = `
CREATE TABLE settings (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;

CREATE TABLE users (
  name TEXT PRIMARY KEY,
  identity_key BLOB NOT NULL,
  enrolled_at INTEGER NOT NULL,
  last_seen_at INTEGER,
  -- Signed in, for the operator's list: as it was some seconds ago, and as it was last where the server was killed.
  online INTEGER NOT NULL DEFAULT 0,
  revoked_at INTEGER,
  -- Appears offline to the others.
  hidden INTEGER NOT NULL DEFAULT 0,
  -- The member whose invite this user came by, and the root of that tree of invites. NULL: the operator's own invite.
  invited_by TEXT,
  tree TEXT
) STRICT, WITHOUT ROWID;
CREATE INDEX users_online ON users (online) WHERE online <> 0;
CREATE INDEX users_by_inviter ON users (invited_by) WHERE invited_by IS NOT NULL;
CREATE INDEX users_by_tree ON users (tree, enrolled_at) WHERE tree IS NOT NULL;
CREATE INDEX users_by_revocation ON users (name) WHERE revoked_at IS NOT NULL;

CREATE TABLE invites (
  token_hash BLOB PRIMARY KEY,
  uses INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  reserved_for TEXT,
  created_by TEXT
) STRICT, WITHOUT ROWID;
CREATE INDEX invites_by_creator ON invites (created_by) WHERE created_by IS NOT NULL;
CREATE INDEX invites_by_expiry ON invites (expires_at);

CREATE TABLE conversations (
  id BLOB PRIMARY KEY,
  requester TEXT NOT NULL,
  addressee TEXT NOT NULL,
  stage TEXT NOT NULL,
  digest TEXT NOT NULL,
  changed_at INTEGER NOT NULL,
  epoch INTEGER NOT NULL DEFAULT 1,
  last_commit BLOB
) STRICT, WITHOUT ROWID;
CREATE INDEX conversations_by_pair ON conversations (requester, addressee);
CREATE INDEX conversations_by_addressee ON conversations (addressee);
CREATE INDEX conversations_asked ON conversations (addressee) WHERE stage = 'requested';
CREATE INDEX conversations_asking ON conversations (requester) WHERE stage = 'requested';

-- Pairs of users who have talked: requests between them are not a stranger's. The smaller name comes first.
CREATE TABLE acquaintances (one TEXT NOT NULL, other TEXT NOT NULL, at INTEGER NOT NULL, PRIMARY KEY (one, other)) STRICT, WITHOUT ROWID;
CREATE INDEX acquaintances_of ON acquaintances (other);

CREATE TABLE blocks (blocker TEXT NOT NULL, blocked TEXT NOT NULL, PRIMARY KEY (blocker, blocked)) STRICT, WITHOUT ROWID;
CREATE INDEX blocks_of ON blocks (blocked);

-- A key of an identity that was replaced is of no use to anybody.
CREATE TABLE request_keys (name TEXT PRIMARY KEY, body BLOB NOT NULL) STRICT, WITHOUT ROWID;
CREATE TRIGGER identity_replaced AFTER UPDATE OF identity_key ON users WHEN new.identity_key <> old.identity_key BEGIN
  DELETE FROM request_keys WHERE name = new.name;
END;

-- Mail belongs to an account, which is a sender in somebody's mailbox. To give up all that one has there is one change of one row,
-- however much it is.
CREATE TABLE mailbox (
  place INTEGER PRIMARY KEY,
  account INTEGER NOT NULL,
  opcode INTEGER NOT NULL,
  conversation BLOB NOT NULL,
  message BLOB,
  bytes INTEGER NOT NULL,
  stored_at INTEGER NOT NULL,
  -- A request that its addressee's client may know of.
  shown INTEGER NOT NULL DEFAULT 0,
  -- Last: it may be long, and SQLite reads over it to reach the columns that follow.
  body BLOB NOT NULL
) STRICT;
-- In the order of places, which every index ends with.
CREATE INDEX mailbox_by_account ON mailbox (account);
-- Of requests alone (opcode 2): each further index is a page that every message writes.
CREATE INDEX mailbox_requests ON mailbox (conversation) WHERE opcode = 2;
CREATE UNIQUE INDEX mailbox_once ON mailbox (account, conversation, message) WHERE message IS NOT NULL;

-- The bytes that count against a sender in one mailbox, exact in every transaction, so that no insert has to add up rows.
CREATE TABLE mail_accounts (
  -- Never given twice: mail of an account that was given up may lie there for a while.
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  -- NULL: given up. It counts for nobody's mailbox, and nobody reads it.
  recipient TEXT,
  sender TEXT NOT NULL,
  items INTEGER NOT NULL DEFAULT 0,
  bytes INTEGER NOT NULL DEFAULT 0,
  -- Most that others had there when this sender was refused, and when that was.
  others_seen INTEGER NOT NULL DEFAULT 0,
  seen_at INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE UNIQUE INDEX mail_accounts_by_pair ON mail_accounts (recipient, sender);
CREATE TRIGGER mailbox_grows AFTER INSERT ON mailbox BEGIN
  UPDATE mail_accounts SET items = items + 1, bytes = bytes + new.bytes WHERE id = new.account;
END;
CREATE TRIGGER mailbox_shrinks AFTER DELETE ON mailbox BEGIN
  UPDATE mail_accounts SET items = items - 1, bytes = bytes - old.bytes WHERE id = old.account;
END;

-- Blobs belong to an account, which is a member's until they have to leave: that gives up all of them by one change of one row.
-- A blob that was given up counts among the blobs of all until its file is off the disk.
CREATE TABLE blob_accounts (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  -- NULL: given up.
  owner TEXT UNIQUE,
  bytes INTEGER NOT NULL DEFAULT 0
) STRICT;
-- Nobody's: of single blobs that were given up.
INSERT INTO blob_accounts (id, owner) VALUES (1, NULL);
CREATE TABLE blobs (
  -- SHA-256 of its id, which fetches it.
  name BLOB PRIMARY KEY,
  account INTEGER NOT NULL,
  bytes INTEGER NOT NULL,
  -- How many of them are known to be on the disk. All: the blob is complete.
  done INTEGER NOT NULL DEFAULT 0,
  moved_at INTEGER NOT NULL,
  until INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX blobs_by_account ON blobs (account);
CREATE INDEX blobs_by_end ON blobs (until) WHERE account <> 1;
CREATE INDEX blobs_unfinished ON blobs (moved_at) WHERE done < bytes AND account <> 1;
-- A small file takes room beyond its bytes, and the number of files is to be bounded.
CREATE TRIGGER blob_added AFTER INSERT ON blobs BEGIN
  UPDATE blob_accounts SET bytes = bytes + max(new.bytes, ${LEAST_COUNTED_BYTES}) WHERE id = new.account;
END;
CREATE TRIGGER blob_moved AFTER UPDATE OF account ON blobs WHEN new.account <> old.account BEGIN
  UPDATE blob_accounts SET bytes = bytes - max(old.bytes, ${LEAST_COUNTED_BYTES}) WHERE id = old.account;
  UPDATE blob_accounts SET bytes = bytes + max(new.bytes, ${LEAST_COUNTED_BYTES}) WHERE id = new.account;
END;
CREATE TRIGGER blob_removed AFTER DELETE ON blobs BEGIN
  UPDATE blob_accounts SET bytes = bytes - max(old.bytes, ${LEAST_COUNTED_BYTES}) WHERE id = old.account;
END;
`;

/**
 * Loads node:sqlite without the warning that it is experimental, which some versions print and an operator
 * cannot act on.
 */
function loadSqlite(): typeof import("node:sqlite") {
  const emitWarning = process.emitWarning;
  process.emitWarning = () => {};
  try {
    const sqlite = process.getBuiltinModule("node:sqlite");
    if (sqlite === undefined) throw tooOld();
    return sqlite;
  } catch (error) {
    throw error instanceof OperatorError ? error : tooOld(error);
  } finally {
    process.emitWarning = emitWarning;
  }
}

function tooOld(cause?: unknown): OperatorError {
  return new OperatorError("node-too-old", words.faults.program.nodeTooOld(process.version), { cause });
}

/**
 * Opens a database without a schema.
 * @throws OperatorError "node-too-old"
 */
export function openSqlite(path: string | URL, options: { readonly readOnly?: boolean } = {}): DatabaseSync {
  return new (loadSqlite().DatabaseSync)(path, options);
}

/** Checks that this Node can run the server. @throws OperatorError "node-too-old" */
export function requireNode(): void {
  loadSqlite();
}

/**
 * Opens a database for reading, without changing it or its log, which opening and closing normally does after
 * a crash. SQLite may write its index of the log (`-shm`), which it rebuilds from the log anyway.
 */
export function openReadOnly(path: string): DatabaseSync {
  if (existsSync(`${path}-wal`)) return openSqlite(path, { readOnly: true });
  // Without this parameter SQLite would create an empty log beside it.
  // https://sqlite.org/uri.html#uriimmutable
  const url = pathToFileURL(path);
  url.search = "immutable=1";
  return openSqlite(url, { readOnly: true });
}

/**
 * Opens the database with the current schema, created if the file is new.
 * @throws OperatorError "data-folder-newer"
 */
export function openDatabase(path: string): DatabaseSync {
  const db = openSqlite(path);
  // WAL: the command line writes while the server runs. FULL: a commit is on the disk, not only in the
  // system's cache, since an acknowledgement promises that.
  db.exec("PRAGMA busy_timeout = 5000; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;");
  const version = Number(db.prepare("PRAGMA user_version").get()?.["user_version"]);
  if (version > SCHEMA_VERSION) {
    db.close();
    throw new OperatorError(
      "data-folder-newer",
      words.faults.dataFolder.newer(path, version, SCHEMA_VERSION),
    );
  }
  if (version < SCHEMA_VERSION) makeTables(db);
  return db;
}

/**
 * Copies the database as it is at one moment, while others write to it (SQLite, VACUUM INTO), and checks that
 * the copy is complete.
 * @param to must not exist.
 * @returns its size in bytes.
 * @throws Error if it cannot be read or written, or is damaged
 */
export function copyDatabase(from: string, to: string): number {
  const source = openSqlite(from);
  try {
    source.exec("PRAGMA busy_timeout = 5000");
    source.prepare("VACUUM INTO ?").run(to);
  } finally {
    source.close();
  }
  const copy = openSqlite(to);
  try {
    const found = String(copy.prepare("PRAGMA integrity_check(1)").get()?.["integrity_check"]);
    if (found !== "ok") throw new Error(words.faults.backups.copyDamaged(found));
    const pages = (name: string) => Number(copy.prepare(`PRAGMA ${name}`).get()?.[name]);
    return pages("page_count") * pages("page_size");
  } finally {
    copy.close();
  }
}

/**
 * Creates all tables in one transaction. Reads the version again inside, since the command line may open the
 * file at the same time.
 */
function makeTables(db: DatabaseSync): void {
  db.exec("BEGIN IMMEDIATE");
  try {
    const version = Number(db.prepare("PRAGMA user_version").get()?.["user_version"]);
    if (version < SCHEMA_VERSION) db.exec(`${SCHEMA} PRAGMA user_version = ${SCHEMA_VERSION}`);
    db.exec("COMMIT");
  } catch (error) {
    db.exec("ROLLBACK");
    throw error;
  }
}
