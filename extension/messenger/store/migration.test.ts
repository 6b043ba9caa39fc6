/** Histories that earlier versions wrote are opened by this one, with nothing lost: one folder a version, test/vectors/README.history.md. */
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { newMessageId, username } from "../../../protocol/names.ts";
import { Messenger } from "../messenger.ts";
import { storeIn } from "../put-aside.ts";
import { newStoreId, writeMark } from "./mark.ts";
import { DATABASE_KEY_BYTES } from "./seal.ts";
import { Store } from "./store.ts";

const VECTORS = "test/vectors";

interface Shown {
  readonly chats: readonly object[];
  readonly bob: readonly object[];
  readonly carol: readonly object[];
  readonly account: { readonly identityKey: string };
}

describe("a history of an earlier version", () => {
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), "parley-history-"));
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  const folders = readdirSync(VECTORS).filter((name) => /^history-v\d+$/.test(name));
  it("is kept from version 1 on", () => assert.equal(folders[0], "history-v1"));

  for (const name of folders)
    it(`opens and shows all that ${name} showed, twice`, async () => {
      const json = (file: string): unknown => JSON.parse(readFileSync(join(VECTORS, name, file), "utf8"));
      const secrets = new Map(Object.entries(json("secrets.json") as Record<string, string>));
      const shown = json("shown.json") as Shown;
      const folder = storeIn(directory);
      const id = newStoreId();
      cpSync(join(VECTORS, name, "parley.db"), join(folder, "parley.db"));
      writeMark(folder, { id });
      for (const _ of ["migrated", "as it is now"]) {
        const messenger = await Messenger.open({
          directory,
          secrets: {
            get: async (key) => secrets.get(key.replace(`.${id}.`, ".")),
            store: async () => assert.fail("nothing new is needed"),
            delete: async () => assert.fail("nothing is given up"),
          },
          log: { info() {}, debug() {}, warn: assert.fail, error: assert.fail },
          sendReadReceipts: () => false,
        });
        try {
          assert.deepEqual(messenger.notices, []);
          const identityKey = Buffer.from(messenger.account?.identityKey ?? []).toString("hex");
          assert.partialDeepStrictEqual({ ...messenger.account, identityKey }, shown.account);
          assert.partialDeepStrictEqual(messenger.chats(), shown.chats);
          for (const peer of ["bob", "carol"] as const) {
            const messages = messenger.messages(username(peer), { limit: 100 });
            assert.equal(messages.length, shown[peer].length);
            assert.partialDeepStrictEqual(messages, shown[peer]);
          }
        } finally {
          await messenger.dispose();
        }
      }
    });

  it("is left as it was where it cannot be brought up to date", () => {
    const path = join(directory, "parley.db");
    cpSync(join(VECTORS, "history-v1", "parley.db"), path);
    const inside = (work: (raw: DatabaseSync) => unknown): unknown => {
      const raw = new DatabaseSync(path);
      try {
        return work(raw);
      } finally {
        raw.close();
      }
    };
    const contents = (raw: DatabaseSync) => [
      raw.prepare("PRAGMA user_version").get(),
      raw.prepare("SELECT * FROM message").all(),
    ];
    inside((raw) => raw.exec("CREATE TABLE message_2 (in_the_way TEXT)"));
    const before = inside(contents);
    assert.throws(() => Store.open(directory, randomBytes(DATABASE_KEY_BYTES)), /message_2/);
    assert.deepEqual(inside(contents), before);
  });

  it("goes on counting positions where it was", () => {
    cpSync(join(VECTORS, "history-v1", "parley.db"), join(directory, "parley.db"));
    const secrets = JSON.parse(readFileSync(join(VECTORS, "history-v1", "secrets.json"), "utf8"));
    const { store } = Store.open(directory, Buffer.from(secrets["parley.database-key"], "base64"));
    try {
      const peer = store.peers.get(username("bob"));
      assert.ok(peer);
      const last = store.messages.page(peer.id, { limit: 1 })[0]?.position ?? 0;
      const body = { kind: "text", text: "new" } as const;
      const message = { peerId: peer.id, id: newMessageId(), origin: "theirs", at: 1, body } as const;
      assert.equal(store.transaction(() => store.messages.add(message)).position, last + 1);
    } finally {
      store.close();
    }
  });
});
