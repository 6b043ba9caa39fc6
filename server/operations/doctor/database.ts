/** Checks the database: integrity, version, and the times in it. Changes nothing. */
import { existsSync } from "node:fs";
import type { DatabaseSync } from "node:sqlite";
import { openReadOnly, SCHEMA_VERSION } from "../../store/database.ts";
import type { Settings } from "../../store/store.ts";
import { words } from "../../words/words.ts";
import type { DataFolder } from "../data-folder.ts";
import { type Finding, ok, problem, warning, wordsOf } from "./finding.ts";

export interface DatabaseFacts {
  readonly settings: Pick<Settings, "get">;
  /** Unix milliseconds of the newest entry; 0 if there is none. */
  readonly newestAt: number;
}

const { database: said, checks } = words.doctor;

/** Each column that holds a time of the past. */
const TIMES = [
  ["users", "last_seen_at"],
  ["users", "enrolled_at"],
  ["users", "revoked_at"],
  ["conversations", "changed_at"],
  ["mailbox", "stored_at"],
] as const;

/**
 * Examines the database.
 * @returns no facts if it cannot be read
 */
export function examineDatabase(folder: DataFolder): { facts?: DatabaseFacts; findings: Finding[] } {
  // Opening a database that does not exist would create it.
  if (!existsSync(folder.database))
    return { findings: [warning(checks.database, said.none, said.startOnce)] };
  let db: DatabaseSync | undefined;
  try {
    db = openReadOnly(folder.database);
    db.exec("PRAGMA busy_timeout = 5000");
    const findings = [integrity(db), schema(db)];
    return { facts: { settings: settingsOf(db), newestAt: newest(db) }, findings };
  } catch (error) {
    return { findings: [damaged(wordsOf(error))] };
  } finally {
    db?.close();
  }
}

function integrity(db: DatabaseSync): Finding {
  const [first, ...more] = db
    .prepare("PRAGMA quick_check(5)")
    .all()
    .map((row) => String(row["quick_check"]));
  return first === "ok" && more.length === 0
    ? ok(checks.database, said.whole)
    : damaged([first, ...more].join("; "));
}

function damaged(found: string): Finding {
  return problem(checks.database, said.damaged(found), said.restoreWhole);
}

function schema(db: DatabaseSync): Finding {
  const version = Number(db.prepare("PRAGMA user_version").get()?.["user_version"]);
  const text = said.schema(version, SCHEMA_VERSION);
  if (version > SCHEMA_VERSION) return problem(checks.schema, text, said.runNewer);
  return ok(checks.schema, text);
}

/** Reads all settings, so that the database can be closed. */
function settingsOf(db: DatabaseSync): Pick<Settings, "get"> {
  const rows = db.prepare("SELECT key, value FROM settings").all();
  const values = new Map(rows.map((row) => [String(row["key"]), String(row["value"])]));
  return { get: (key) => values.get(key) };
}

function newest(db: DatabaseSync): number {
  return Math.max(
    ...TIMES.map(([table, column]) =>
      Number(db.prepare(`SELECT COALESCE(MAX(${column}), 0) AS newest FROM ${table}`).get()?.["newest"]),
    ),
  );
}
