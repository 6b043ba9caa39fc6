/**
 * The history on disk after damage: a file with other bytes, a row with other values, a sealed value of another shape.
 * It opens, here or as one that was set aside, and all that a window shows of it can be asked for.
 */
import assert from "node:assert/strict";
import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { Messenger } from "../../../extension/messenger/messenger.ts";
import { StoreKey } from "../../../extension/messenger/store/seal.ts";
import { Store } from "../../../extension/messenger/store/store.ts";
import { MemoryVault } from "../../fixtures/messengers.ts";
import { EDITS, edited, forKind, parsedLater, type Target } from "../target.ts";

const HISTORY = "test/vectors/history-v2";
const DATABASE_KEY = "parley.database-key";
const CODES = ["wrong-state"];

/** Where values are sealed, and for which place. */
const SEALED = [
  ["setting", "value", "name", "'account'"],
  ["peer", "contact", "id", "1"],
  ["peer", "chat", "id", "1"],
  ["message", "body", "position", "(SELECT max(position) FROM message)"],
  ["message", "expiry", "position", "(SELECT max(position) FROM message WHERE expiry IS NOT NULL)"],
] as const;
const COLUMNS = [
  ["setting", "value"],
  ["peer", "tag"],
  ["peer", "contact"],
  ["peer", "chat"],
  ["conversation", "id"],
  ["conversation", "state"],
  ["message", "id"],
  ["message", "origin"],
  ["message", "state"],
  ["message", "failure"],
  ["message", "owed"],
  ["message", "expiry"],
  ["message", "body"],
  ["received", "id"],
  ["outbox", "verb"],
  ["outbox", "conversation"],
  ["outbox", "id"],
  ["outbox", "body"],
] as const;

export function open(): Target {
  const secrets = JSON.parse(readFileSync(join(HISTORY, "secrets.json"), "utf8")) as Record<string, string>;
  const key = new StoreKey(Buffer.from(secrets[DATABASE_KEY] ?? "", "base64"));
  const genuine = readFileSync(join(HISTORY, "parley.db"));
  const kinds: readonly ((path: string, input: Uint8Array) => void)[] = [
    (path, edits) => writeFileSync(path, edited(genuine, edits)),
    changeRow,
    (path, input) => sealOther(path, key, input),
  ];
  const samples = [
    ...EDITS.map((edits) => forKind(0, edits)),
    ...COLUMNS.map((_, column) => forKind(1, forKind(column, Uint8Array.of(0, 0, 0, 5, 1)))),
    ...sealedIn(key).map((value, place) => forKind(2, forKind(place, value))),
  ];
  return {
    samples,
    async run(input) {
      const directory = mkdtempSync(join(tmpdir(), "parley-fuzz-"));
      try {
        const path = join(directory, "parley.db");
        copyFileSync(join(HISTORY, "parley.db"), path);
        kinds[(input[0] ?? 0) % kinds.length]?.(path, input.subarray(1));
        await show(directory, secrets);
      } finally {
        rmSync(directory, { recursive: true });
      }
    },
  };
}

async function show(directory: string, secrets: Record<string, string>): Promise<void> {
  const messenger = await parsedLater(CODES, () =>
    Messenger.open({
      directory,
      secrets: new MemoryVault(Object.entries(secrets)),
      log: { info() {}, debug() {}, warn() {}, error() {} },
      sendReadReceipts: () => false,
    }),
  );
  if (messenger === undefined) return;
  try {
    const aside = readdirSync(directory).some((name) => name.startsWith("parley-damaged-"));
    assert.equal(messenger.notices.length > 0, aside, "the user is told of what was set aside");
    messenger.people();
    for (const { peer } of messenger.chats()) {
      messenger.messages(peer, { limit: 100 });
      messenger.positionOf(peer, { at: 1 });
    }
    await messenger.searchStep({ text: "a" });
  } finally {
    await messenger.dispose();
  }
  const { store } = Store.open(directory, Buffer.from(secrets[DATABASE_KEY] ?? "", "base64"));
  try {
    for (const { id } of store.peers.all()) store.outbox.all(id);
  } finally {
    store.close();
  }
}

/** u8 column | edits of the first value in it */
function changeRow(path: string, input: Uint8Array): void {
  const [table, column] = COLUMNS[(input[0] ?? 0) % COLUMNS.length] ?? COLUMNS[0];
  const database = new DatabaseSync(path);
  try {
    const first = `SELECT ${column} AS value FROM ${table} WHERE ${column} IS NOT NULL LIMIT 1`;
    const value = database.prepare(first).get()?.["value"];
    if (typeof value !== "string" && !(value instanceof Uint8Array)) return;
    const changed = edited(Buffer.from(value), input.subarray(1));
    database
      .prepare(`UPDATE OR IGNORE ${table} SET ${column} = ? WHERE ${column} = ?`)
      .run(typeof value === "string" ? Buffer.from(changed).toString("latin1") : changed, value);
  } finally {
    database.close();
  }
}

/** u8 place | what is sealed there in the place of what was */
function sealOther(path: string, key: StoreKey, input: Uint8Array): void {
  const [table, column, by, which] = SEALED[(input[0] ?? 0) % SEALED.length] ?? SEALED[0];
  const database = new DatabaseSync(path);
  try {
    const row = database.prepare(`SELECT ${by} AS row FROM ${table} WHERE ${by} = ${which}`).get()?.["row"];
    if (typeof row !== "string" && typeof row !== "number") return;
    const value = key.seal(input.slice(1), { table, column, row });
    database.prepare(`UPDATE ${table} SET ${column} = ? WHERE ${by} = ?`).run(value, row);
  } finally {
    database.close();
  }
}

/** @returns what is sealed at each of the places */
function sealedIn(key: StoreKey): readonly Uint8Array[] {
  // Of a copy: even to read it, SQLite puts files beside it.
  const directory = mkdtempSync(join(tmpdir(), "parley-fuzz-"));
  copyFileSync(join(HISTORY, "parley.db"), join(directory, "parley.db"));
  const database = new DatabaseSync(join(directory, "parley.db"));
  try {
    return SEALED.map(([table, column, by, which]) => {
      const query = `SELECT ${by} AS row, ${column} AS value FROM ${table} WHERE ${by} = ${which}`;
      const { row, value } = database.prepare(query).get() ?? {};
      if (!(value instanceof Uint8Array) || (typeof row !== "string" && typeof row !== "number"))
        return new Uint8Array();
      return key.open(value, { table, column, row });
    });
  } finally {
    database.close();
    rmSync(directory, { recursive: true });
  }
}
