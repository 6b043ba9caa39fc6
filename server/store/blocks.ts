/** Block lists, in SQLite. By name: a name that gets a new key stays blocked. */
import type { DatabaseSync, StatementSync } from "node:sqlite";
import * as v from "valibot";
import type { Username } from "../../protocol/names.ts";
import type { GroupCommit } from "./group-commit.ts";
import { Memory } from "./memory.ts";
import { nameColumn } from "./row.ts";
import type { Blocks } from "./store.ts";

const REMEMBERED_BYTES = 16 * 1024 * 1024;
const SET_BYTES = 200;
const NAME_BYTES = 90;

const NameRow = v.object({ name: nameColumn });

/** Shared by all names that block nobody: most people do, and anybody may ask for names that do not exist. */
const NOBODY = new Set<Username>();

function names(rows: readonly unknown[]): Set<Username> {
  if (rows.length === 0) return NOBODY;
  return new Set(rows.map((row) => v.parse(NameRow, row).name));
}

export class SqliteBlocks implements Blocks {
  readonly #commit: GroupCommit;
  /** Blocked names by blocker. Changed in place, since one may have a thousand entries. */
  readonly #memory = new Memory<Username, Set<Username>>(REMEMBERED_BYTES, ({ size }) =>
    size === 0 ? 0 : SET_BYTES + NAME_BYTES * size,
  );
  readonly #by: StatementSync;
  readonly #of: StatementSync;
  readonly #add: StatementSync;
  readonly #remove: StatementSync;

  constructor(db: DatabaseSync, commit: GroupCommit) {
    this.#commit = commit;
    commit.onUndone(() => this.#memory.clear());
    this.#by = db.prepare("SELECT blocked AS name FROM blocks WHERE blocker = ? ORDER BY blocked");
    this.#of = db.prepare("SELECT blocker AS name FROM blocks WHERE blocked = ?");
    this.#add = db.prepare("INSERT OR IGNORE INTO blocks (blocker, blocked) VALUES (?, ?)");
    this.#remove = db.prepare("DELETE FROM blocks WHERE blocker = ? AND blocked = ?");
  }

  has(blocker: Username, blocked: Username): boolean {
    return this.by(blocker).has(blocked);
  }

  by(blocker: Username): ReadonlySet<Username> {
    return this.#memory.get(blocker, () => names(this.#by.all(blocker)));
  }

  of(blocked: Username): ReadonlySet<Username> {
    return names(this.#of.all(blocked));
  }

  add(blocker: Username, blocked: Username): void {
    this.#commit.atomically(() => this.#add.run(blocker, blocked));
    this.#change(blocker, (names) => names.add(blocked));
  }

  remove(blocker: Username, blocked: Username): void {
    this.#commit.atomically(() => this.#remove.run(blocker, blocked));
    this.#change(blocker, (names) => names.delete(blocked));
  }

  #change(blocker: Username, change: (names: Set<Username>) => void): void {
    const known = this.#memory.peek(blocker);
    if (known === undefined) return;
    const names = known === NOBODY ? new Set<Username>() : known;
    change(names);
    // Set again to update its counted size.
    this.#memory.set(blocker, names);
  }
}
