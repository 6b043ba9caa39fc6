import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DEFAULT_LIMITS } from "../limits.ts";
import { dataFolderAt } from "../operations/data-folder.ts";
import { OperatorError } from "../operations/operator-error.ts";
import { openStore } from "../store/sqlite.ts";
import { copyData } from "./copy-data.ts";

describe("a copy of a data folder", () => {
  let parent = "";
  beforeEach(() => {
    parent = mkdtempSync(join(tmpdir(), "parley-copy-"));
  });
  afterEach(() => rmSync(parent, { recursive: true, force: true }));

  const source = () => {
    const folder = dataFolderAt(join(parent, "data"));
    mkdirSync(folder.authority, { recursive: true, mode: 0o700 });
    const store = openStore(folder.database, DEFAULT_LIMITS);
    store.settings.set("host", "chat.example");
    store.close();
    return folder;
  };

  it("stays beside its target, complete, when only the last step fails, and the error names its path", async () => {
    const target = join(parent, "backup");
    // Another program takes the name meanwhile.
    const taken = async () => {
      mkdirSync(target);
      writeFileSync(join(target, "theirs"), "");
    };
    const fault = await copyData(source(), target, { finish: taken }).then(
      () => assert.fail(),
      (error: unknown) => error,
    );
    const [kept = "", ...more] = readdirSync(parent).filter((name) => name.startsWith(".backup-"));
    assert.deepEqual(more, []);
    assert.ok(fault instanceof OperatorError && fault.code === "copy-not-in-place", String(fault));
    assert.ok(fault.message.includes(`Rename ${join(parent, kept)} to ${target} yourself`), fault.message);
    const store = openStore(dataFolderAt(join(parent, kept)).database, DEFAULT_LIMITS);
    assert.equal(store.settings.get("host"), "chat.example");
    store.close();
  });

  it("has the files of members only if that is requested, and never another program's files", async () => {
    const folder = source();
    mkdirSync(folder.blobs, { mode: 0o700 });
    const name = "ab".repeat(32);
    writeFileSync(join(folder.blobs, name), "sealed");
    writeFileSync(join(folder.blobs, "note.txt"), "an operator's");
    const without = dataFolderAt(join(parent, "without"));
    await copyData(folder, without.path);
    assert.deepEqual(readdirSync(without.path).toSorted(), ["authority", "parley.sqlite"]);
    const whole = dataFolderAt(join(parent, "whole"));
    await copyData(folder, whole.path, { withFiles: true });
    assert.deepEqual(readdirSync(whole.blobs), [name]);
    assert.equal(readFileSync(join(whole.blobs, name), "utf8"), "sealed");
    if (process.platform !== "win32") assert.equal(statSync(join(whole.blobs, name)).mode & 0o777, 0o600);
  });

  it("leaves nothing behind when an earlier step fails", async () => {
    const broken = async () => {
      throw new Error("the disk went");
    };
    await assert.rejects(copyData(source(), join(parent, "backup"), { finish: broken }), /the disk went/);
    assert.deepEqual(readdirSync(parent), ["data"]);
  });
});
