/** The keys that notes to people are sealed for, in SQLite. */
import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { Username } from "../../protocol/names.ts";
import type { GroupCommit } from "./group-commit.ts";
import type { RequestKeys } from "./store.ts";

export class SqliteRequestKeys implements RequestKeys {
  readonly #commit: GroupCommit;
  readonly #of: StatementSync;
  readonly #put: StatementSync;

  constructor(db: DatabaseSync, commit: GroupCommit) {
    this.#commit = commit;
    this.#of = db.prepare("SELECT body FROM request_keys WHERE name = ?");
    this.#put = db.prepare("INSERT OR REPLACE INTO request_keys (name, body) VALUES (?, ?)");
  }

  of(name: Username): Uint8Array | undefined {
    const body = this.#of.get(name)?.["body"];
    return body instanceof Uint8Array ? body : undefined;
  }

  put(name: Username, body: Uint8Array): void {
    this.#commit.atomically(() => this.#put.run(name, body));
  }
}
