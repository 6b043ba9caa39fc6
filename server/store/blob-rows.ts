/**
 * The rows of blobs, in SQLite. Their bytes are in files (blobs/blob-files.ts), so that the database and its
 * backups stay small.
 */
import type { DatabaseSync, StatementSync } from "node:sqlite";
import * as v from "valibot";
import type { Username } from "../../protocol/names.ts";
import { type BlobName, parseBlobName } from "../blobs/blob-name.ts";
import { type Pieces, ROWS_A_PIECE } from "../gateway/pieces.ts";
import { LEAST_COUNTED_BYTES } from "../limits.ts";
import type { GroupCommit } from "./group-commit.ts";
import { bytesColumn, countColumn, nameColumn, timeColumn } from "./row.ts";
import type { BlobRow, BlobRows, BlobSize } from "./store.ts";

const Row = v.object({ owner: nameColumn, bytes: countColumn, done: countColumn, until: timeColumn });
const Name = v.pipe(
  bytesColumn,
  v.transform((bytes) => parseBlobName(Buffer.from(bytes).toString("hex"))),
);
const Named = v.object({ ...Row.entries, name: Name });
const NameRow = v.object({ name: Name });
const SizeRow = v.object({ blobs: countColumn, bytes: countColumn });
const RemovedRow = v.object({ bytes: countColumn });
const AccountRow = v.object({ id: countColumn });

export class SqliteBlobRows implements BlobRows {
  readonly #commit: GroupCommit;
  readonly #find: StatementSync;
  readonly #has: StatementSync;
  readonly #after: StatementSync;
  readonly #unfinished: StatementSync;
  readonly #account: StatementSync;
  readonly #newAccount: StatementSync;
  readonly #add: StatementSync;
  readonly #touch: StatementSync;
  readonly #reached: StatementSync;
  readonly #bytesOf: StatementSync;
  readonly #giveUp: StatementSync;
  readonly #giveUpAll: StatementSync;
  readonly #expire: StatementSync;
  readonly #expireUnfinished: StatementSync;
  readonly #nextGivenUp: StatementSync;
  readonly #forget: StatementSync;
  readonly #closeAccounts: StatementSync;
  #size: BlobSize;

  constructor(db: DatabaseSync, commit: GroupCommit) {
    this.#commit = commit;
    const select = "SELECT name, owner, blobs.bytes, done, until FROM";
    const owned = "blobs JOIN blob_accounts ON account = id WHERE owner IS NOT NULL";
    this.#find = db.prepare(`${select} ${owned} AND name = ?`);
    this.#has = db.prepare("SELECT 1 FROM blobs WHERE name = ?");
    this.#after = db.prepare(`${select} ${owned} AND name > ? ORDER BY name LIMIT ?`);
    this.#unfinished = db.prepare(`${select} ${owned} AND done < blobs.bytes AND account <> 1`);
    this.#account = db.prepare("SELECT id FROM blob_accounts WHERE owner = ?");
    this.#newAccount = db.prepare("INSERT INTO blob_accounts (owner) VALUES (?)");
    this.#add = db.prepare(
      "INSERT INTO blobs (name, account, bytes, moved_at, until) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
    );
    this.#touch = db.prepare("UPDATE blobs SET moved_at = ? WHERE name = ?");
    this.#reached = db.prepare(
      `UPDATE blobs SET done = max(done, ?), moved_at = ? WHERE name = ? AND
         account IN (SELECT id FROM blob_accounts WHERE owner IS NOT NULL)`,
    );
    this.#bytesOf = db.prepare("SELECT bytes FROM blob_accounts WHERE owner = ?");
    this.#giveUp = db.prepare("UPDATE blobs SET account = 1 WHERE name = ?");
    this.#giveUpAll = db.prepare("UPDATE blob_accounts SET owner = NULL WHERE owner = ?");
    const some = (which: string) =>
      `UPDATE blobs SET account = 1 WHERE name IN
         (SELECT name FROM blobs WHERE account <> 1 AND ${which} LIMIT ${ROWS_A_PIECE})`;
    this.#expire = db.prepare(some("until < ?"));
    this.#expireUnfinished = db.prepare(some("done < bytes AND moved_at < ?"));
    this.#nextGivenUp = db.prepare(
      "SELECT name FROM blob_accounts JOIN blobs ON account = id WHERE owner IS NULL LIMIT 1",
    );
    this.#forget = db.prepare("DELETE FROM blobs WHERE name = ? RETURNING bytes");
    this.#closeAccounts = db.prepare(
      "DELETE FROM blob_accounts WHERE owner IS NULL AND id <> 1 AND bytes = 0",
    );
    const count = db.prepare(
      `SELECT COUNT(*) AS blobs, COALESCE(SUM(max(bytes, ${LEAST_COUNTED_BYTES})), 0) AS bytes FROM blobs`,
    );
    this.#size = v.parse(SizeRow, count.get());
  }

  find(name: BlobName): BlobRow | undefined {
    const found = this.#find.get(key(name));
    return found === undefined ? undefined : v.parse(Row, found);
  }

  has(name: BlobName): boolean {
    return this.#has.get(key(name)) !== undefined;
  }

  after(after: BlobName | undefined, limit: number): { name: BlobName; row: BlobRow }[] {
    const from = after === undefined ? new Uint8Array() : key(after);
    return this.#after.all(from, limit).flatMap(named);
  }

  unfinished(): { name: BlobName; row: BlobRow }[] {
    return this.#unfinished.all().flatMap(named);
  }

  add(name: BlobName, { owner, bytes, until }: Omit<BlobRow, "done">, now: number): boolean {
    return this.#commit.atomically(() => {
      const account = this.#account.get(owner);
      const id =
        account === undefined
          ? Number(this.#newAccount.run(owner).lastInsertRowid)
          : v.parse(AccountRow, account).id;
      if (this.#add.run(key(name), id, bytes, now, until).changes === 0) return false;
      this.#count(1, bytes);
      return true;
    });
  }

  touch(name: BlobName, now: number): void {
    this.#commit.atomically(() => this.#touch.run(now, key(name)));
  }

  reached(name: BlobName, done: number, now: number): boolean {
    return this.#commit.atomically(() => this.#reached.run(done, now, key(name))).changes === 1;
  }

  bytesOf(owner: Username): number {
    return Number(this.#bytesOf.get(owner)?.["bytes"] ?? 0);
  }

  size(): BlobSize {
    return this.#size;
  }

  giveUp(name: BlobName): void {
    this.#commit.atomically(() => this.#giveUp.run(key(name)));
  }

  giveUpAll(owner: Username): void {
    this.#commit.atomically(() => this.#giveUpAll.run(owner));
  }

  *expire(now: number, unfinishedBefore: number): Pieces {
    while (this.#commit.atomically(() => this.#expire.run(now)).changes > 0) yield;
    while (this.#commit.atomically(() => this.#expireUnfinished.run(unfinishedBefore)).changes > 0) yield;
  }

  nextGivenUp(): BlobName | undefined {
    const found = this.#nextGivenUp.get();
    return found === undefined ? undefined : v.parse(NameRow, found).name;
  }

  forget(name: BlobName): void {
    this.#commit.atomically(() => {
      for (const row of this.#forget.all(key(name))) this.#count(-1, -v.parse(RemovedRow, row).bytes);
      this.#closeAccounts.run();
    });
  }

  /**
   * Updates the totals.
   * @param bytes of the blob; negative for a blob that is removed
   */
  #count(blobs: number, bytes: number): void {
    const counted = Math.sign(bytes) * Math.max(Math.abs(bytes), LEAST_COUNTED_BYTES);
    const before = this.#size;
    this.#size = { blobs: before.blobs + blobs, bytes: before.bytes + counted };
    this.#commit.onUndoneNow(() => {
      this.#size = { blobs: this.#size.blobs - blobs, bytes: this.#size.bytes - counted };
    });
  }
}

function named(found: unknown): { name: BlobName; row: BlobRow }[] {
  const { name, ...row } = v.parse(Named, found);
  return name === undefined ? [] : [{ name, row }];
}

function key(name: BlobName): Uint8Array {
  return Buffer.from(name, "hex");
}
