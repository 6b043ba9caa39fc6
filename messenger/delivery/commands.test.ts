import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { Client } from "../../protocol/client/client.ts";

/** The members of a client by which nothing is asked of the server. */
const OF_THE_LINE: readonly string[] = [
  ...["constructor", "connect", "close", "reconnectNow", "hangUp"],
  ...["name", "state", "users", "mailboxDays", "run", "minimumCrlNumber", "maxBlobBytes"],
];
/** Whole transfers make these calls. */
const OF_A_TRANSFER: readonly string[] = ["openBlob", "putBlob", "getBlob"];
/** Of protocol/client/blobs.ts: they are as good as verbs. */
const TRANSFERS = ["uploadBlob", "downloadBlob"];
const VERBS = Object.getOwnPropertyNames(Client.prototype).filter(
  (name) => !OF_THE_LINE.includes(name) && !OF_A_TRANSFER.includes(name),
);
const TABLE = "messenger/delivery/commands.ts";
/** Files that may know a client at all: the one that makes it, those that pass it on, and those that listen to it. */
const KNOW_A_CLIENT = [
  "messenger/account/connection.ts",
  "messenger/delivery/commands.ts",
  "messenger/delivery/inbox.ts",
  "messenger/delivery/server.ts",
  "messenger/desk.ts",
];

const sources = globSync("messenger/**/*.ts")
  .map((path) => path.replaceAll("\\", "/"))
  .filter((path) => !/\.test\.ts$|-fixture\.ts$/.test(path))
  .map((path) => ({ path, source: readFileSync(path, "utf8") }));

describe("the table of commands", () => {
  it("calls every verb of the client", () => {
    const source = readFileSync(TABLE, "utf8");
    assert.ok(VERBS.length > 15, String(VERBS));
    const missing = VERBS.filter((verb) => !source.includes(`client.${verb}(`));
    assert.deepEqual(missing, []);
  });

  it("is the only place where one is called", () => {
    const call = new RegExp(String.raw`\bclient(?:\(\))?\s*\??\.\s*(?:${VERBS.join("|")})\(`);
    assert.deepEqual(
      sources.filter(({ source }) => call.test(source)).map(({ path }) => path),
      [TABLE],
    );
    const transfer = new RegExp(String.raw`(?<!ask\(")\b(?:${TRANSFERS.join("|")})\(`);
    assert.deepEqual(
      sources.filter(({ source }) => transfer.test(source)).map(({ path }) => path),
      [TABLE],
    );
  });

  it("is out of reach for the rest of the messenger, which has no client", () => {
    const known = sources.filter(({ source }) =>
      [...source.matchAll(/import (?:type )?\{([^}]*)\} from "[^"]*\/client\/client\.ts"/g)].some(
        ([, names = ""]) => names.split(",").some((name) => /^(?:type )?Client$/.test(name.trim())),
      ),
    );
    assert.deepEqual(known.map(({ path }) => path).sort(), KNOW_A_CLIENT);
  });
});
