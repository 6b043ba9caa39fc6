import assert from "node:assert/strict";
import { mkdir, mkdtemp, readdir, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { privateDirectory, readPrivateFile, writePrivateFile } from "./private-file.ts";

describe("private files", () => {
  let directory: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), "parley-private-"));
  });
  afterEach(() => rm(directory, { recursive: true, force: true }));

  it("are replaced whole, by however many at once, and leave nothing else behind", async () => {
    const path = join(directory, "file");
    const texts = Array.from({ length: 8 }, (_, index) => String(index).repeat(100_000));
    await Promise.all(texts.map((text) => writePrivateFile(path, text)));
    assert.ok(texts.includes((await readPrivateFile(path)) ?? ""));
    assert.deepEqual(await readdir(directory), ["file"]);
  });

  it("stay as they were, and leave nothing behind, where writing fails", async () => {
    await mkdir(join(directory, "occupied", "by a folder"), { recursive: true });
    await assert.rejects(writePrivateFile(join(directory, "occupied"), "secret"));
    assert.deepEqual(await readdir(directory), ["occupied"]);
    await assert.rejects(writePrivateFile(join(directory, "no such folder", "file"), "secret"), {
      code: "ENOENT",
    });
  });

  it("that do not exist are undefined; other failures are told", async () => {
    assert.equal(await readPrivateFile(join(directory, "nothing")), undefined);
    await privateDirectory(join(directory, "folder"));
    await assert.rejects(readPrivateFile(join(directory, "folder")), { code: "EISDIR" });
  });

  it("lie in folders that are made for their owner only, the ones above too", async function () {
    if (process.platform === "win32") this.skip();
    await privateDirectory(join(directory, "a", "b"));
    for (const path of ["a", "a/b"]) assert.equal((await stat(join(directory, path))).mode & 0o777, 0o700);
  });
});
