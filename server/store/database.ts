/** Opens the embedded database: the one place that touches `node:sqlite` as a module. */
import type { DatabaseSync } from "node:sqlite";
import { OperatorError } from "../operator-error.ts";

/** Entry n brings a file of version n to version n + 1. Entries are only ever added. */
const MIGRATIONS: readonly string[] = [
  `
CREATE TABLE settings (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;

CREATE TABLE users (
  name TEXT PRIMARY KEY,
  identity_key BLOB NOT NULL,
  enrolled_at INTEGER NOT NULL,
  last_seen_at INTEGER,
  revoked_at INTEGER,
  mailbox_bytes INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;

CREATE TABLE invites (
  token_hash BLOB PRIMARY KEY,
  uses INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  reserved_for TEXT,
  created_by TEXT
) STRICT, WITHOUT ROWID;
CREATE INDEX invites_by_creator ON invites (created_by) WHERE created_by IS NOT NULL;

CREATE TABLE conversations (
  id BLOB PRIMARY KEY,
  requester TEXT NOT NULL,
  addressee TEXT NOT NULL,
  stage TEXT NOT NULL,
  digest TEXT NOT NULL,
  changed_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX conversations_by_pair ON conversations (requester, addressee);
CREATE INDEX conversations_by_addressee ON conversations (addressee);

CREATE TABLE mailbox (
  place INTEGER PRIMARY KEY,
  recipient TEXT NOT NULL,
  opcode INTEGER NOT NULL,
  conversation BLOB NOT NULL,
  message BLOB,
  body BLOB NOT NULL,
  bytes INTEGER NOT NULL,
  stored_at INTEGER NOT NULL
) STRICT;
CREATE INDEX mailbox_by_recipient ON mailbox (recipient, place);
CREATE INDEX mailbox_by_conversation ON mailbox (conversation, opcode);
CREATE UNIQUE INDEX mailbox_once ON mailbox (recipient, conversation, message) WHERE message IS NOT NULL;
-- The size of a mailbox is kept beside its owner, exact in every transaction, so that no insert has to add up all rows.
CREATE TRIGGER mailbox_grows AFTER INSERT ON mailbox BEGIN
  UPDATE users SET mailbox_bytes = mailbox_bytes + new.bytes WHERE name = new.recipient;
END;
CREATE TRIGGER mailbox_shrinks AFTER DELETE ON mailbox BEGIN
  UPDATE users SET mailbox_bytes = mailbox_bytes - old.bytes WHERE name = old.recipient;
END;
`,
  `
CREATE TABLE blocks (blocker TEXT NOT NULL, blocked TEXT NOT NULL, PRIMARY KEY (blocker, blocked)) STRICT, WITHOUT ROWID;
CREATE INDEX blocks_of ON blocks (blocked);
`,
  `
ALTER TABLE conversations ADD COLUMN epoch INTEGER NOT NULL DEFAULT 1;
ALTER TABLE conversations ADD COLUMN last_commit BLOB;
`,
  `
-- Appears offline to the others.
ALTER TABLE users ADD COLUMN hidden INTEGER NOT NULL DEFAULT 0;
`,
  `
-- Apart from users, whose rows are written with every mail. A key of an identity that is no more serves nobody.
CREATE TABLE request_keys (name TEXT PRIMARY KEY, body BLOB NOT NULL) STRICT, WITHOUT ROWID;
CREATE TRIGGER identity_replaced AFTER UPDATE OF identity_key ON users WHEN new.identity_key <> old.identity_key BEGIN
  DELETE FROM request_keys WHERE name = new.name;
END;
`,
  `
-- Of requests alone (opcode 2): each further index is a page that every message writes.
DROP INDEX mailbox_by_conversation;
CREATE INDEX mailbox_requests ON mailbox (conversation) WHERE opcode = 2;
`,
  `
-- By whose invite somebody came, and the tree of invites it belongs to, by the name at its root. NULL: the operator's own.
ALTER TABLE users ADD COLUMN invited_by TEXT;
ALTER TABLE users ADD COLUMN tree TEXT;
CREATE INDEX users_by_inviter ON users (invited_by) WHERE invited_by IS NOT NULL;
CREATE INDEX users_by_tree ON users (tree, enrolled_at) WHERE tree IS NOT NULL;
CREATE INDEX users_by_revocation ON users (revoked_at);
CREATE INDEX invites_by_expiry ON invites (expires_at);
`,
  `
-- Mail counts against its sender. What a recipient who has blocked the sender is never to have (wanted = 0) stays as a row
-- with an empty body: it counts, expires and is known by its id like any other, or a block could be told from absence.
DROP TABLE mailbox;
CREATE TABLE mailbox (
  place INTEGER PRIMARY KEY,
  recipient TEXT NOT NULL,
  sender TEXT NOT NULL,
  opcode INTEGER NOT NULL,
  conversation BLOB NOT NULL,
  message BLOB,
  bytes INTEGER NOT NULL,
  stored_at INTEGER NOT NULL,
  wanted INTEGER NOT NULL,
  -- A request that its addressee's client may know of.
  shown INTEGER NOT NULL DEFAULT 0,
  -- Last: it may be long, and is read over to what follows it.
  body BLOB NOT NULL
) STRICT;
-- In the order in which each sender's mail is read; also what a block takes away.
CREATE INDEX mailbox_by_sender ON mailbox (recipient, sender, place) WHERE wanted = 1;
CREATE INDEX mailbox_discarded ON mailbox (recipient, sender) WHERE wanted = 0;
CREATE INDEX mailbox_requests ON mailbox (conversation) WHERE opcode = 2;
CREATE UNIQUE INDEX mailbox_once ON mailbox (recipient, conversation, message) WHERE message IS NOT NULL;

-- What counts against a sender in one mailbox, exact in every transaction, so that no insert has to add up rows.
CREATE TABLE mail_accounts (
  recipient TEXT NOT NULL,
  sender TEXT NOT NULL,
  bytes INTEGER NOT NULL DEFAULT 0,
  -- Most that others had there when this sender was refused, and when that was.
  others_seen INTEGER NOT NULL DEFAULT 0,
  seen_at INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (recipient, sender)
) STRICT, WITHOUT ROWID;
ALTER TABLE users DROP COLUMN mailbox_bytes;
CREATE TRIGGER mailbox_grows AFTER INSERT ON mailbox BEGIN
  INSERT INTO mail_accounts (recipient, sender, bytes) VALUES (new.recipient, new.sender, new.bytes)
    ON CONFLICT (recipient, sender) DO UPDATE SET bytes = bytes + excluded.bytes;
END;
CREATE TRIGGER mailbox_shrinks AFTER DELETE ON mailbox BEGIN
  UPDATE mail_accounts SET bytes = bytes - old.bytes, others_seen = others_seen * (1 - old.wanted)
    WHERE recipient = old.recipient AND sender = old.sender;
END;

-- Who has talked with whom: their requests are not strangers'. The smaller name first.
CREATE TABLE acquaintances (one TEXT NOT NULL, other TEXT NOT NULL, at INTEGER NOT NULL, PRIMARY KEY (one, other)) STRICT, WITHOUT ROWID;
CREATE INDEX acquaintances_of ON acquaintances (other);
CREATE INDEX conversations_asked ON conversations (addressee) WHERE stage = 'requested';
CREATE INDEX conversations_asking ON conversations (requester) WHERE stage = 'requested';
`,
  `
-- Who is signed in, for the operator's list: as it was some seconds ago, and as it was last where the server was killed.
ALTER TABLE users ADD COLUMN online INTEGER NOT NULL DEFAULT 0;
CREATE INDEX users_online ON users (online) WHERE online <> 0;
`,
];
export const SCHEMA_VERSION = MIGRATIONS.length;

/** `node:sqlite` announces itself as experimental on the console of some versions; an operator can do nothing with that. */
function loadSqlite(): typeof import("node:sqlite") {
  const emitWarning = process.emitWarning;
  process.emitWarning = () => {};
  try {
    return process.getBuiltinModule("node:sqlite");
  } catch (error) {
    throw tooOld(error);
  } finally {
    process.emitWarning = emitWarning;
  }
}

function tooOld(cause?: unknown): OperatorError {
  return new OperatorError(
    "node-too-old",
    `The Parley server needs Node 22.15 or newer; this is ${process.version}. Run it with a newer Node.`,
    { cause },
  );
}

/** @returns an open database without a schema. @throws OperatorError "node-too-old" */
export function openSqlite(path: string): DatabaseSync {
  const sqlite = loadSqlite();
  if (sqlite === undefined) throw tooOld();
  return new sqlite.DatabaseSync(path);
}

/** @returns the database with the current schema, made where the file is new. @throws OperatorError "data-folder-newer" */
export function openDatabase(path: string): DatabaseSync {
  const db = openSqlite(path);
  // WAL: the command line writes while the server runs. FULL: a commit is on the disk, not in the system's cache,
  // since it is what an acknowledgement promises.
  db.exec("PRAGMA busy_timeout = 5000; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;");
  const version = Number(db.prepare("PRAGMA user_version").get()?.["user_version"]);
  if (version > SCHEMA_VERSION) {
    db.close();
    throw new OperatorError(
      "data-folder-newer",
      `${path} was written by a newer Parley (schema ${version}; this one knows ${SCHEMA_VERSION}). Run the newer server.`,
    );
  }
  if (version < SCHEMA_VERSION) migrate(db);
  return db;
}

/**
 * Copies the database as it is at one moment, while others write to it (SQLite, VACUUM INTO), and looks whether the copy is whole.
 * @param to must not exist. @returns its size in bytes. @throws Error where it cannot be read or written, or is damaged
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
    if (found !== "ok") throw new Error(`the copy is damaged (${found}), so the database may be too`);
    const pages = (name: string) => Number(copy.prepare(`PRAGMA ${name}`).get()?.[name]);
    return pages("page_count") * pages("page_size");
  } finally {
    copy.close();
  }
}

/** All steps or none. The version is read again inside the transaction: the command line may open the file too. */
function migrate(db: DatabaseSync): void {
  db.exec("BEGIN IMMEDIATE");
  try {
    const version = Number(db.prepare("PRAGMA user_version").get()?.["user_version"]);
    for (const step of MIGRATIONS.slice(version)) db.exec(step);
    if (version < SCHEMA_VERSION) db.exec(`PRAGMA user_version = ${SCHEMA_VERSION}`);
    db.exec("COMMIT");
  } catch (error) {
    db.exec("ROLLBACK");
    throw error;
  }
}
