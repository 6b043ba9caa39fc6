import assert from "node:assert/strict";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { newBlobId } from "../../protocol/names.ts";
import { newPlace } from "./file-folder.ts";
import { StoreFolder, say } from "./store-fixture.ts";

describe("stored files", () => {
  let folder: StoreFolder;
  beforeEach(() => {
    folder = new StoreFolder();
  });
  afterEach(() => folder.remove());

  it("are rows that a transaction keeps or undoes together with their copies", async () => {
    const { store } = folder.open();
    const message = say(store, "with a file").position;
    const { place, file } = await store.fileFolder.create();
    await file.close();
    store.transaction(() => store.files.put({ message, item: 0 }, { state: "here", place, at: 7 }));
    assert.partialDeepStrictEqual(store.files.get({ message, item: 0 }), { state: "here", place, at: 7 });
    assert.throws(() =>
      store.transaction(() => {
        store.files.removeOf([message]);
        throw new Error("undone");
      }),
    );
    assert.equal(store.fileFolder.bytes(place), 0);
    assert.ok(store.files.get({ message, item: 0 }));
    store.transaction(() => store.files.put({ message, item: 0 }, { state: "gone", at: 8 }));
    assert.equal(store.fileFolder.bytes(place), undefined, "a row that names it no longer");
  });

  it("never lead to a path, whatever is in the columns that are not sealed", () => {
    const { store } = folder.open();
    const message = say(store, "with a file").position;
    store.transaction(() => store.files.put({ message, item: 0 }, { state: "here", place: newPlace() }));
    store.close();
    const victim = join(folder.path, "victim");
    mkdirSync(join(folder.path, "files"), { recursive: true });
    writeFileSync(victim, "not Parley's");
    const database = new DatabaseSync(join(folder.path, "parley.db"));
    database.prepare("UPDATE file SET place = '../victim', state = 'wanted'").run();
    database.close();
    const again = folder.open();
    assert.equal(again.setAside, undefined);
    assert.equal(again.store.files.get({ message, item: 0 })?.place, undefined);
    again.store.transaction(() => again.store.files.removeOf([message]));
    assert.ok(existsSync(victim));
  });

  it("lose a damaged row, and nothing else", () => {
    const { store } = folder.open();
    const message = say(store, "with files").position;
    store.transaction(() => {
      for (const item of [0, 1]) store.files.put({ message, item }, { state: "gone", at: 5 });
      store.unwantedBlobs.add([newBlobId()]);
    });
    store.close();
    const database = new DatabaseSync(join(folder.path, "parley.db"));
    database.prepare("UPDATE file SET body = zeroblob(40) WHERE item = 0").run();
    database.prepare("UPDATE unwanted_blob SET body = zeroblob(40)").run();
    database.close();
    const again = folder.open();
    assert.equal(again.setAside, undefined);
    assert.deepEqual([...again.store.files.of(message).keys()], [1]);
    assert.equal(again.store.unwantedBlobs.first()?.blob, undefined);
  });
});
