/** Invites in SQLite. Stores only SHA-256 of a token: 160 random bits need no salt and no slow hash. */
import { createHash } from "node:crypto";
import type { DatabaseSync, StatementSync } from "node:sqlite";
import * as v from "valibot";
import type { Username } from "../../protocol/names.ts";
import { type Pieces, ROWS_A_PIECE } from "../gateway/pieces.ts";
import type { GroupCommit } from "./group-commit.ts";
import { countColumn, nameColumn, optionalColumn, timeColumn } from "./row.ts";
import type { Invites, InviteTerms } from "./store.ts";

const InviteRow = v.object({
  uses: countColumn,
  expires_at: timeColumn,
  reserved_for: optionalColumn(nameColumn),
  created_by: optionalColumn(nameColumn),
});

function hash(token: Uint8Array): Uint8Array {
  return createHash("sha256").update(token).digest();
}

export class SqliteInvites implements Invites {
  readonly #commit: GroupCommit;
  readonly #add: StatementSync;
  readonly #find: StatementSync;
  readonly #spend: StatementSync;
  readonly #countUnused: StatementSync;
  readonly #countOf: StatementSync;
  readonly #countAll: StatementSync;
  readonly #removeOf: StatementSync;
  readonly #purge: StatementSync;

  constructor(db: DatabaseSync, commit: GroupCommit) {
    this.#commit = commit;
    this.#add = db.prepare(
      "INSERT INTO invites (token_hash, uses, expires_at, reserved_for, created_by) VALUES (?, ?, ?, ?, ?)",
    );
    this.#find = db.prepare("SELECT * FROM invites WHERE token_hash = ?");
    this.#spend = db.prepare(
      "UPDATE invites SET uses = uses - 1 WHERE token_hash = ? AND uses > 0 AND expires_at > ?",
    );
    const count = "SELECT COUNT(*) AS count FROM invites WHERE";
    this.#countUnused = db.prepare(`${count} created_by = ? AND uses > 0`);
    this.#countOf = db.prepare(`${count} created_by = ?`);
    this.#countAll = db.prepare(`${count} created_by IS NOT NULL`);
    this.#removeOf = db.prepare("DELETE FROM invites WHERE created_by = ?");
    this.#purge = db.prepare(
      `DELETE FROM invites WHERE token_hash IN (SELECT token_hash FROM invites WHERE expires_at < ? LIMIT ${ROWS_A_PIECE})`,
    );
  }

  add(token: Uint8Array, terms: InviteTerms): void {
    this.#commit.atomically(() =>
      this.#add.run(
        hash(token),
        terms.uses,
        terms.expiresAt,
        terms.reservedFor ?? null,
        terms.createdBy ?? null,
      ),
    );
  }

  find(token: Uint8Array): InviteTerms | undefined {
    const found = this.#find.get(hash(token));
    if (found === undefined) return undefined;
    const row = v.parse(InviteRow, found);
    return {
      uses: row.uses,
      expiresAt: row.expires_at,
      ...(row.reserved_for === undefined ? {} : { reservedFor: row.reserved_for }),
      ...(row.created_by === undefined ? {} : { createdBy: row.created_by }),
    };
  }

  spend(token: Uint8Array, now: number): boolean {
    return this.#commit.atomically(() => this.#spend.run(hash(token), now)).changes === 1;
  }

  countUnused(member: Username): number {
    return Number(this.#countUnused.get(member)?.["count"]);
  }

  count(member?: Username): number {
    const row = member === undefined ? this.#countAll.get() : this.#countOf.get(member);
    return Number(row?.["count"]);
  }

  removeOf(member: Username): void {
    this.#commit.atomically(() => this.#removeOf.run(member));
  }

  *purge(before: number): Pieces {
    while (this.#commit.atomically(() => this.#purge.run(before)).changes > 0) yield;
  }
}
