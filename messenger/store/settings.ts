/** Single sealed values under a fixed name. */
import { blob } from "./columns.ts";
import type { Database } from "./database.ts";
import type { StoreKey } from "./seal.ts";

/**
 * "check" proves that the file and the database key belong together. "quiet": until when not to disturb. "invisible": "yes" or absent.
 * "lock": "on" while the vault has a lock, as far as this store was told.
 * "invite-passes": the secrets of the invites one has handed out. "came-by": the pass of the invite that one joined with.
 * "conversations-checked": "yes" once the server's conversations were compared with those of this store; "again" where the server
 * may have gone back to an earlier state since. "server-run": the run of the server that this store has last met.
 * "profile": the user's display name and colour.
 */
export type SettingName =
  | "check"
  | "account"
  | "quiet"
  | "invisible"
  | "request-keys"
  | "invite-passes"
  | "came-by"
  | "conversations-checked"
  | "server-run"
  | "lock"
  | "profile";

export class Settings {
  readonly #database: Database;
  readonly #key: StoreKey;

  constructor(database: Database, key: StoreKey) {
    this.#database = database;
    this.#key = key;
  }

  /** @throws SealError */
  get(name: SettingName): string | undefined {
    const row = this.#database.statement("SELECT value FROM setting WHERE name = ?").get(name);
    return row && Buffer.from(this.#key.open(blob(row, "value"), place(name))).toString("utf8");
  }

  set(name: SettingName, value: string): void {
    this.#database
      .statement(
        "INSERT INTO setting (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
      )
      .run(name, this.#key.seal(Buffer.from(value, "utf8"), place(name)));
  }
}

function place(name: SettingName) {
  return { table: "setting", column: "value", row: name };
}
