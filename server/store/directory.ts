/** The members of this server, in SQLite. */
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
  online: v.picklist([0, 1]),
  revoked_at: optionalColumn(timeColumn),
  invited_by: optionalColumn(nameColumn),
});
const NameRow = v.object({ name: nameColumn });

function member(row: unknown): Member {
  const { name, identity_key, enrolled_at, last_seen_at, online, revoked_at, invited_by } = v.parse(
    MemberRow,
    row,
  );
  return {
    name,
    identityKey: identity_key,
    enrolledAt: enrolled_at,
    lastSeenAt: last_seen_at,
    online: online === 1,
    revokedAt: revoked_at,
    invitedBy: invited_by,
  };
}

export class SqliteDirectory implements Directory {
  readonly #commit: GroupCommit;
  readonly #find: StatementSync;
  readonly #list: StatementSync;
  readonly #count: StatementSync;
  readonly #isMember: StatementSync;
  readonly #otherWrites: StatementSync;
  readonly #enrol: StatementSync;
  readonly #treeOf: StatementSync;
  readonly #countInTree: StatementSync;
  readonly #invitedFrom: StatementSync;
  readonly #seen: StatementSync;
  readonly #online: StatementSync;
  readonly #setOnline: StatementSync;
  readonly #isHidden: StatementSync;
  readonly #hide: StatementSync;
  readonly #revoked: StatementSync;
  readonly #revoke: StatementSync;
  /** The number of members; correct until another connection writes to the database. */
  #members: { count: number; readonly otherWrites: unknown } | undefined;

  constructor(db: DatabaseSync, commit: GroupCommit) {
    this.#commit = commit;
    commit.onUndone(() => {
      this.#members = undefined;
    });
    this.#find = db.prepare("SELECT * FROM users WHERE name = ?");
    this.#list = db.prepare("SELECT * FROM users ORDER BY name");
    this.#enrol = db.prepare(
      `INSERT INTO users (name, identity_key, enrolled_at, last_seen_at, invited_by, tree) VALUES (?1, ?2, ?3, ?3, ?4, ?5)
       ON CONFLICT (name) DO UPDATE SET identity_key = excluded.identity_key, enrolled_at = excluded.enrolled_at,
         last_seen_at = excluded.last_seen_at, invited_by = excluded.invited_by, tree = excluded.tree, revoked_at = NULL`,
    );
    this.#count = db.prepare("SELECT COUNT(*) AS count FROM users WHERE revoked_at IS NULL");
    this.#isMember = db.prepare("SELECT 1 FROM users WHERE name = ? AND revoked_at IS NULL");
    this.#otherWrites = db.prepare("PRAGMA data_version");
    this.#treeOf = db.prepare("SELECT COALESCE(tree, name) AS name FROM users WHERE name = ?");
    this.#countInTree = db.prepare(
      "SELECT COUNT(*) AS count FROM users WHERE tree = ? AND enrolled_at BETWEEN ? AND ?",
    );
    this.#invitedFrom = db.prepare(
      `WITH RECURSIVE came (name) AS (
         SELECT name FROM users WHERE invited_by = ?1
         UNION SELECT users.name FROM users JOIN came ON users.invited_by = came.name
       ) SELECT name FROM came WHERE name <> ?1 ORDER BY name`,
    );
    this.#seen = db.prepare("UPDATE users SET last_seen_at = ? WHERE name = ?");
    this.#online = db.prepare("SELECT name FROM users WHERE online <> 0");
    this.#setOnline = db.prepare("UPDATE users SET online = ? WHERE name = ?");
    this.#isHidden = db.prepare("SELECT 1 FROM users WHERE name = ? AND hidden <> 0");
    this.#hide = db.prepare("UPDATE users SET hidden = ? WHERE name = ?");
    this.#revoked = db.prepare(
      "SELECT name FROM users WHERE revoked_at IS NOT NULL AND name > ? ORDER BY name LIMIT ?",
    );
    this.#revoke = db.prepare("UPDATE users SET revoked_at = ? WHERE name = ? AND revoked_at IS NULL");
  }

  find(name: Username): Member | undefined {
    const row = this.#find.get(name);
    return row === undefined ? undefined : member(row);
  }

  list(): Member[] {
    return this.#list.all().map(member);
  }

  count(): number {
    const otherWrites = this.#otherWrites.get()?.["data_version"];
    if (this.#members !== undefined && this.#members.otherWrites === otherWrites) return this.#members.count;
    const count = Number(this.#count.get()?.["count"]);
    this.#members = { count, otherWrites };
    return count;
  }

  enrol(name: Username, identityKey: Uint8Array, now: number, invitedBy?: Username): void {
    const tree = invitedBy === undefined ? null : this.#treeFrom(invitedBy);
    this.#commit.atomically(() => {
      if (this.#isMember.get(name) === undefined) this.#addMembers(1);
      this.#enrol.run(name, identityKey, now, invitedBy ?? null, tree);
    });
  }

  countInTree(member: Username, from: number, until: number): number {
    return Number(this.#countInTree.get(this.#treeFrom(member), from, until)?.["count"]);
  }

  invitedFrom(member: Username): Username[] {
    return this.#invitedFrom.all(member).map((row) => v.parse(NameRow, row).name);
  }

  seen(name: Username, now: number): void {
    this.#commit.atomically(() => this.#seen.run(now, name));
  }

  setOnline(names: ReadonlySet<Username>, atMost: number): boolean {
    const noted = new Set(this.#online.all().map((row) => v.parse(NameRow, row).name));
    const left = [...noted].filter((name) => !names.has(name));
    const came = [...names].filter((name) => !noted.has(name));
    const changes = [...left.map((name) => [0, name] as const), ...came.map((name) => [1, name] as const)];
    if (changes.length === 0) return true;
    this.#commit.atomically(() => {
      for (const [online, name] of changes.slice(0, atMost)) this.#setOnline.run(online, name);
    });
    return changes.length <= atMost;
  }

  isHidden(name: Username): boolean {
    return this.#isHidden.get(name) !== undefined;
  }

  hide(name: Username, hidden: boolean): void {
    this.#commit.atomically(() => this.#hide.run(hidden ? 1 : 0, name));
  }

  /** Returns the name at the root of `member`'s tree of invites. */
  #treeFrom(member: Username): Username {
    const row = this.#treeOf.get(member);
    return row === undefined ? member : v.parse(NameRow, row).name;
  }

  revoked(after: Username | undefined, limit: number): Username[] {
    return this.#revoked.all(after ?? "", limit).map((row) => v.parse(NameRow, row).name);
  }

  revoke(name: Username, now: number): boolean {
    return this.#commit.atomically(() => {
      const isRevoked = this.#revoke.run(now, name).changes === 1;
      if (isRevoked) this.#addMembers(-1);
      return isRevoked;
    });
  }

  #addMembers(more: number): void {
    if (this.#members !== undefined) this.#members.count += more;
  }
}
