/** Who belongs to this server, in SQLite. */
import type { DatabaseSync, StatementSync } from "node:sqlite";
import * as v from "valibot";
import type { Username } from "../../protocol/names.ts";
import type { GroupCommit } from "./group-commit.ts";
import { bytesColumn, nameColumn, optionalColumn, timeColumn } from "./row.ts";
import type { Directory, Member } from "./store.ts";

const MemberRow = v.object({
  name: nameColumn,
  identity_key: bytesColumn,
  enrolled_at: timeColumn,
  last_seen_at: optionalColumn(timeColumn),
  revoked_at: optionalColumn(timeColumn),
});

function member(row: unknown): Member {
  const { name, identity_key, enrolled_at, last_seen_at, revoked_at } = v.parse(MemberRow, row);
  return {
    name,
    identityKey: identity_key,
    enrolledAt: enrolled_at,
    lastSeenAt: last_seen_at,
    revokedAt: revoked_at,
  };
}

export class SqliteDirectory implements Directory {
  readonly #commit: GroupCommit;
  readonly #find: StatementSync;
  readonly #list: StatementSync;
  readonly #enrol: StatementSync;
  readonly #seen: StatementSync;
  readonly #isHidden: StatementSync;
  readonly #hide: StatementSync;
  readonly #revoke: StatementSync;

  constructor(db: DatabaseSync, commit: GroupCommit) {
    this.#commit = commit;
    this.#find = db.prepare("SELECT * FROM users WHERE name = ?");
    this.#list = db.prepare("SELECT * FROM users ORDER BY name");
    this.#enrol = db.prepare(
      `INSERT INTO users (name, identity_key, enrolled_at) VALUES (?, ?, ?)
       ON CONFLICT (name) DO UPDATE SET identity_key = excluded.identity_key, enrolled_at = excluded.enrolled_at, revoked_at = NULL`,
    );
    this.#seen = db.prepare("UPDATE users SET last_seen_at = ? WHERE name = ?");
    this.#isHidden = db.prepare("SELECT 1 FROM users WHERE name = ? AND hidden <> 0");
    this.#hide = db.prepare("UPDATE users SET hidden = ? WHERE name = ?");
    this.#revoke = db.prepare("UPDATE users SET revoked_at = ? WHERE name = ? AND revoked_at IS NULL");
  }

  find(name: Username): Member | undefined {
    const row = this.#find.get(name);
    return row === undefined ? undefined : member(row);
  }

  list(): Member[] {
    return this.#list.all().map(member);
  }

  enrol(name: Username, identityKey: Uint8Array, now: number): void {
    this.#commit.atomically(() => this.#enrol.run(name, identityKey, now));
  }

  seen(name: Username, now: number): void {
    this.#commit.atomically(() => this.#seen.run(now, name));
  }

  isHidden(name: Username): boolean {
    return this.#isHidden.get(name) !== undefined;
  }

  hide(name: Username, hidden: boolean): void {
    this.#commit.atomically(() => this.#hide.run(hidden ? 1 : 0, name));
  }

  revoke(name: Username, now: number): boolean {
    return this.#commit.atomically(() => this.#revoke.run(now, name)).changes === 1;
  }
}
