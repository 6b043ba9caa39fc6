/** Block lists, in SQLite. By name: a name that gets a new key stays blocked. */
import type { DatabaseSync, StatementSync } from "node:sqlite";
import * as v from "valibot";
import type { Username } from "../../protocol/names.ts";
import type { GroupCommit } from "./group-commit.ts";
import { Memory } from "./memory.ts";
import { namesColumn } from "./row.ts";
import type { Blocks } from "./store.ts";

const REMEMBERED_BYTES = 16 * 1024 * 1024;
const SET_BYTES = 200;
const NAME_BYTES = 90;

const NamesRow = v.object({ names: namesColumn });

/** Shared by all names that block nobody: most people do, and anybody may ask for names that do not exist. */
const NOBODY = new Set<Username>();

export class SqliteBlocks implements Blocks {
  readonly #commit: GroupCommit;
  readonly #by: Names;
  readonly #of: Names;
  readonly #add: StatementSync;
  readonly #remove: StatementSync;

  constructor(db: DatabaseSync, commit: GroupCommit) {
    this.#commit = commit;
    // All in one string, which takes a third of the time that rows do: an answer about ten thousand names waits for it.
    this.#by = new Names(
      db.prepare("SELECT group_concat(blocked, ' ' ORDER BY blocked) AS names FROM blocks WHERE blocker = ?"),
    );
    this.#of = new Names(
      db.prepare("SELECT group_concat(blocker, ' ') AS names FROM blocks WHERE blocked = ?"),
    );
    commit.onUndone(() => {
      this.#by.forget();
      this.#of.forget();
    });
    this.#add = db.prepare("INSERT OR IGNORE INTO blocks (blocker, blocked) VALUES (?, ?)");
    this.#remove = db.prepare("DELETE FROM blocks WHERE blocker = ? AND blocked = ?");
  }

  has(blocker: Username, blocked: Username): boolean {
    return this.by(blocker).has(blocked);
  }

  by(blocker: Username): ReadonlySet<Username> {
    return this.#by.about(blocker);
  }

  of(blocked: Username): ReadonlySet<Username> {
    return this.#of.about(blocked);
  }

  add(blocker: Username, blocked: Username): void {
    this.#commit.atomically(() => this.#add.run(blocker, blocked));
    this.#by.change(blocker, (names) => names.add(blocked));
    this.#of.change(blocked, (names) => names.add(blocker));
  }

  remove(blocker: Username, blocked: Username): void {
    this.#commit.atomically(() => this.#remove.run(blocker, blocked));
    this.#by.change(blocker, (names) => names.delete(blocked));
    this.#of.change(blocked, (names) => names.delete(blocker));
  }
}

/** Caches, for each person, the names that they block, or the names that block them. */
class Names {
  readonly #read: StatementSync;
  /** The sets are changed in place, since copying thousands of names for each change would be slow. */
  readonly #memory = new Memory<Username, Set<Username>>(REMEMBERED_BYTES, ({ size }) =>
    size === 0 ? 0 : SET_BYTES + NAME_BYTES * size,
  );

  /** @param read gives their names, for one name */
  constructor(read: StatementSync) {
    this.#read = read;
  }

  about(name: Username): ReadonlySet<Username> {
    return this.#memory.get(name, () => {
      const { names } = v.parse(NamesRow, this.#read.get(name));
      return names.length === 0 ? NOBODY : new Set(names);
    });
  }

  change(name: Username, change: (names: Set<Username>) => void): void {
    const known = this.#memory.peek(name);
    if (known === undefined) return;
    const names = known === NOBODY ? new Set<Username>() : known;
    change(names);
    // Counted anew.
    this.#memory.set(name, names);
  }

  forget(): void {
    this.#memory.clear();
  }
}
