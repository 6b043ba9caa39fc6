/**
 * The history on disk after damage: a file with other bytes, a row with other values, a sealed value of
 * another type. It opens, or is set aside for a new one, and everything that a window shows can be read.
 */

import assert from "node:assert/strict";
import { copyFileSync, cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { writeMembership } from "../../../messenger/account/account.ts";
import { openHome } from "../../../messenger/account/home.ts";
import { storeIn } from "../../../messenger/account/put-aside.ts";
import { directChat } from "../../../messenger/chats/direct.ts";
import { Messenger } from "../../../messenger/messenger.ts";
import type { MessengerOptions } from "../../../messenger/model.ts";
import { newPlace } from "../../../messenger/store/file-folder.ts";
import { StoreKey } from "../../../messenger/store/seal.ts";
import { Store } from "../../../messenger/store/store.ts";
import { newBlobId, newConversationId, newMessageId, username } from "../../../protocol/names.ts";
import { MemoryVault, secretIn } from "../../fixtures/messengers.ts";
import { EDITS, edited, forKind, parsedLater, type Target } from "../target.ts";

const CODES = ["wrong-state"];
const FILE = "parley.db";

/** A message's body is sealed for its chat and author too. */
const OF_BODY = "chat || ' ' || position || ' ' || coalesce(author, '')";
/** Which values are sealed, for which cell, and the name of their row if that is not the key alone. */
const SEALED: readonly (readonly [table: string, column: string, by: string, which: string, row?: string])[] =
  [
    ["setting", "value", "name", "'account'"],
    ["person", "name", "id", "1"],
    ["contact", "record", "person", "(SELECT max(person) FROM contact)"],
    ["chat", "record", "id", "1"],
    ["chat_group", "record", "chat", "1"],
    ["message", "body", "position", "(SELECT max(position) FROM message)", OF_BODY],
    ["message", "expiry", "position", "(SELECT max(position) FROM message WHERE expiry IS NOT NULL)"],
  ];
const COLUMNS = [
  ["setting", "value"],
  ["person", "tag"],
  ["person", "name"],
  ["contact", "record"],
  ["chat", "tag"],
  ["chat", "record"],
  ["chat_group", "record"],
  ["conversation", "id"],
  ["conversation", "state"],
  ["message", "id"],
  ["message", "state"],
  ["message", "failure"],
  ["received", "owed"],
  ["message", "expiry"],
  ["message", "body"],
  ["receiver", "receipt"],
  ["received", "id"],
  ["file", "state"],
  ["file", "place"],
  ["file", "body"],
  ["parcel", "id"],
  ["parcel", "body"],
  ["unwanted_blob", "body"],
  ["outbox", "verb"],
  ["outbox", "conversation"],
  ["outbox", "id"],
  ["outbox", "body"],
] as const;

export async function open(): Promise<Target> {
  const vault = new MemoryVault();
  const home = mkdtempSync(join(tmpdir(), "parley-fuzz-"));
  await writeHistory(options(home, vault));
  const databaseKey = secretIn(vault.values, "database-key");
  const key = new StoreKey(databaseKey);
  const genuine = readFileSync(join(storeIn(home), FILE));
  const kinds: readonly ((path: string, input: Uint8Array) => void)[] = [
    (path, edits) => writeFileSync(path, edited(genuine, edits)),
    changeRow,
    (path, input) => sealOther(path, key, input),
  ];
  const samples = [
    ...EDITS.map((edits) => forKind(0, edits)),
    ...COLUMNS.map((_, column) => forKind(1, forKind(column, Uint8Array.of(0, 0, 0, 5, 1)))),
    ...sealedIn(join(storeIn(home), FILE), key).map((value, place) => forKind(2, forKind(place, value))),
  ];
  return {
    samples,
    async run(input) {
      const directory = mkdtempSync(join(tmpdir(), "parley-fuzz-"));
      try {
        cpSync(home, directory, { recursive: true });
        kinds[(input[0] ?? 0) % kinds.length]?.(join(storeIn(directory), FILE), input.subarray(1));
        await show(options(directory, new MemoryVault(vault.values)), databaseKey);
      } finally {
        rmSync(directory, { recursive: true });
      }
    },
    close: () => rmSync(home, { recursive: true }),
  };
}

function options(directory: string, secrets: MemoryVault): MessengerOptions {
  const log = { info() {}, debug() {}, warn() {}, error() {} };
  return { directory, secrets, log, sendReadReceipts: () => false };
}

const FILES = {
  kind: "files",
  files: [
    {
      ...{ name: "x", type: "", bytes: 5, sha256: "0".repeat(64), blob: newBlobId(), key: "1".repeat(64) },
      ...{ until: 1, description: "" },
    },
  ],
  caption: "",
} as const;

/** Writes a history with a value in each column that is changed here. */
async function writeHistory(home: MessengerOptions): Promise<void> {
  const { keys, store } = await openHome(home);
  const account = { name: username("alice"), caFingerprint: new Uint8Array(32) };
  await keys.ensureIdentity(account);
  const conversation = newConversationId();
  store.transaction(() => {
    writeMembership(store.settings, { ...account, host: "chat.example", port: 7750, minimumCrlNumber: 7n });
    const bob = username("bob");
    const chat = store.chats.ensure(directChat(bob));
    store.conversations.put(chat.number, conversation, Buffer.from("MLS state"));
    const mine = { author: account.name, receivers: [{ person: bob, receipt: "delivered" }] } as const;
    const message = {
      chat: chat.number,
      at: 1,
      storedAt: 1,
      body: { kind: "text", text: "a needle" },
    } as const;
    const ids = [newMessageId(), newMessageId(), newMessageId()] as const;
    store.messages.add({ ...message, id: ids[0], author: bob });
    store.received.note(chat.number, ids[0], "owed");
    const sent = store.messages.add({ ...message, id: newMessageId(), author: bob, body: FILES });
    const spot = { message: sent.position, item: 0 };
    store.files.put(spot, { state: "here", place: newPlace(), unasked: 5, at: 1 });
    store.parcels.put({
      ...{ chat: chat.number, id: newMessageId(), caption: "", stage: "failed", failure: "files-full" },
      files: [{ place: newPlace(), metadata: "cut", file: FILES.files[0] }],
    });
    store.unwantedBlobs.add([FILES.files[0].blob]);
    store.messages.add({ ...message, id: ids[1], ...mine, state: "failed", failure: "not-collected" });
    store.messages.add({ ...message, id: ids[2], ...mine, state: "waiting", expiry: { seconds: 60 } });
    store.outbox.add(chat.number, conversation, {
      verb: "message",
      id: ids[2],
      sealed: Buffer.from("sealed"),
    });
    store.contacts.put(bob, { identityKey: new Uint8Array(32).fill(9), verified: true });
    store.chats.put({ ...chat, phase: "open", group: { current: conversation } });
  });
  store.close();
}

async function show(home: MessengerOptions, databaseKey: Uint8Array): Promise<void> {
  const messenger = await parsedLater(CODES, () => Messenger.open(home));
  if (messenger === undefined) return;
  const folder = storeIn(home.directory);
  try {
    const aside = readdirSync(folder).some((name) => name.startsWith("parley-damaged-"));
    assert.equal(messenger.notices.length > 0, aside, "the user is told that a file was set aside");
    messenger.people();
    for (const { id } of messenger.chats()) {
      await messenger.parcels({ chat: id });
      await messenger.messages({ chat: id, stretch: { limit: 100 } });
      await messenger.positionOf({ chat: id, target: { at: 1 } });
    }
    await messenger.searchStep({ text: "a" });
  } finally {
    await messenger.dispose();
  }
  const { store } = Store.open(folder, databaseKey);
  try {
    for (const { number } of store.chats.all()) store.outbox.all(number);
  } finally {
    store.close();
  }
}

/** Input: u8 column | edits of the first value in it. */
function changeRow(path: string, input: Uint8Array): void {
  const [table, column] = COLUMNS[(input[0] ?? 0) % COLUMNS.length] ?? COLUMNS[0];
  const database = new DatabaseSync(path);
  try {
    const first = `SELECT ${column} AS value FROM ${table} WHERE ${column} IS NOT NULL LIMIT 1`;
    const value = database.prepare(first).get()?.["value"];
    assert.ok(
      typeof value === "string" || value instanceof Uint8Array,
      `there is no ${table}.${column} to change`,
    );
    const changed = edited(Buffer.from(value), input.subarray(1));
    database
      .prepare(`UPDATE OR IGNORE ${table} SET ${column} = ? WHERE ${column} = ?`)
      .run(typeof value === "string" ? Buffer.from(changed).toString("latin1") : changed, value);
  } finally {
    database.close();
  }
}

/** Input: u8 cell | the value to seal there instead. */
function sealOther(path: string, key: StoreKey, input: Uint8Array): void {
  const [table, column, by, which, name = by] = SEALED[(input[0] ?? 0) % SEALED.length] ?? assert.fail();
  const database = new DatabaseSync(path);
  try {
    const row = database.prepare(`SELECT ${name} AS row FROM ${table} WHERE ${by} = ${which}`).get()?.["row"];
    if (typeof row !== "string" && typeof row !== "number") return;
    const value = key.seal(input.slice(1), { table, column, row });
    database.prepare(`UPDATE ${table} SET ${column} = ? WHERE ${by} = ${which}`).run(value);
  } finally {
    database.close();
  }
}

/** Returns the sealed values of each cell, opened. */
function sealedIn(path: string, key: StoreKey): readonly Uint8Array[] {
  // From a copy, since SQLite creates files beside it even for reading.
  const directory = mkdtempSync(join(tmpdir(), "parley-fuzz-"));
  copyFileSync(path, join(directory, FILE));
  const database = new DatabaseSync(join(directory, FILE));
  try {
    return SEALED.map(([table, column, by, which, name = by]) => {
      const query = `SELECT ${name} AS row, ${column} AS value FROM ${table} WHERE ${by} = ${which}`;
      const { row, value } = database.prepare(query).get() ?? {};
      if (!(value instanceof Uint8Array) || (typeof row !== "string" && typeof row !== "number"))
        throw new Error(`There is no ${table}.${column} to change`);
      return key.open(value, { table, column, row });
    });
  } finally {
    database.close();
    rmSync(directory, { recursive: true });
  }
}
