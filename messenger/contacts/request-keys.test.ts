import assert from "node:assert/strict";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { mock } from "node:test";
import { setImmediate } from "node:timers/promises";
import type { Context } from "../context.ts";
import type { Store } from "../store/store.ts";
import { StoreFolder } from "../store/store-fixture.ts";
import { InvitePasses } from "./invite-passes.ts";
import { Notes } from "./notes.ts";
import { OwnRequestKeys } from "./request-keys.ts";

const DAY = 24 * 60 * 60;
const START = 1_900_000_000;

describe("our own request keys", () => {
  let folder: StoreFolder;
  let store: Store;
  let keys: OwnRequestKeys;
  beforeEach(() => {
    folder = new StoreFolder();
    ({ store } = folder.open());
    keys = new OwnRequestKeys(store);
  });
  afterEach(() => folder.remove());

  const validUntil = (now: number) => keys.valid(now).map((key) => (key.validUntil - START) / DAY);

  /** The stored bytes of the keys, or their end, since the file does not store a longer value in one piece. */
  function sealedKeys(): Buffer {
    const image = folder.crashImage();
    const database = new DatabaseSync(join(image.path, "parley.db"));
    const row = database.prepare("SELECT value FROM setting WHERE name = 'request-keys'").get();
    database.close();
    image.remove();
    assert.ok(row?.["value"] instanceof Uint8Array);
    return Buffer.from(row["value"].subarray(-400));
  }

  it("are kept over a restart, for sixty days", async () => {
    const made = await keys.current(START);
    store.close();
    ({ store } = folder.open());
    keys = new OwnRequestKeys(store);
    assert.deepEqual(await keys.current(START), keys.valid(START)[0]);
    assert.deepEqual(Buffer.from((await keys.current(START)).key), Buffer.from(made.key));
    assert.deepEqual(validUntil(START), [60]);
    assert.deepEqual(validUntil(START + 60 * DAY - 1), [60]);
    assert.deepEqual(validUntil(START + 60 * DAY), []);
  });

  it("are renewed while the last one still outlasts mail of thirty days, and that one stays usable until it expires", async () => {
    await keys.current(START);
    await keys.current(START + 30 * DAY);
    assert.deepEqual(validUntil(START + 30 * DAY), [60]);
    await keys.current(START + 30 * DAY + 1);
    assert.deepEqual(validUntil(START + 31 * DAY), [90 + 1 / DAY, 60]);
    await keys.current(START + 59 * DAY);
    assert.deepEqual(validUntil(START + 61 * DAY), [90 + 1 / DAY]);
  });

  it("leave nothing in the files when they expire", async () => {
    await keys.current(START);
    await keys.current(START + 31 * DAY);
    const [newest] = keys.valid(START + 31 * DAY);
    const both = sealedKeys();
    keys.forgetExpired(START + 60 * DAY - 1);
    assert.ok(folder.bytes().includes(both));
    keys.forgetExpired(START + 60 * DAY);
    assert.ok(!folder.bytes().includes(both));
    assert.deepEqual(keys.valid(START + 60 * DAY), [newest]);
  });

  it("that do not parse are replaced", async () => {
    for (const value of ["{", "[{}]", '[{"key":"AA==","privateKey":"AA==","validUntil":2000000000}]']) {
      store.settings.set("request-keys", value);
      assert.deepEqual(keys.valid(START), []);
      await keys.current(START);
      assert.deepEqual(validUntil(START), [60]);
    }
  });

  it("are not published if a clock that was ahead made them, since peers would refuse them", async () => {
    await keys.current(START + 300 * DAY);
    await keys.current(START);
    assert.deepEqual(validUntil(START), [60]);
  });

  it("are not deleted when the clock is ahead for a moment", async () => {
    const made = await keys.current(START);
    await keys.current(START + 90 * DAY);
    mock.timers.enable({ apis: ["Date"], now: (START + 90 * DAY) * 1000 });
    const context = { store, client: () => undefined, log: console } as Partial<Context> as Context;
    const notes = new Notes(context, new InvitePasses(context));
    try {
      notes.lineOpened();
      await setImmediate();
    } finally {
      notes.close();
      mock.timers.reset();
    }
    assert.deepEqual(Buffer.from((await keys.current(START)).key), Buffer.from(made.key));
  });
});
