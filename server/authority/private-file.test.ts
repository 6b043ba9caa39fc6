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

  it("are replaced atomically by concurrent writers, without leftovers", async () => {
    const path = join(directory, "file");
    const texts = Array.from({ length: 8 }, (_, index) => String(index).repeat(100_000));
    await Promise.all(texts.map((text) => writePrivateFile(path, text)));
    assert.ok(texts.includes((await readPrivateFile(path)) ?? ""));
    assert.deepEqual(await readdir(directory), ["file"]);
  });

  it("stay unchanged, without leftovers, when writing fails", async () => {
    await mkdir(join(directory, "occupied", "by a folder"), { recursive: true });
    await assert.rejects(writePrivateFile(join(directory, "occupied"), "secret"));
    assert.deepEqual(await readdir(directory), ["occupied"]);
    await assert.rejects(writePrivateFile(join(directory, "no such folder", "file"), "secret"), {
      code: "ENOENT",
    });
  });

  it("are undefined when they do not exist; other failures throw", async () => {
    assert.equal(await readPrivateFile(join(directory, "nothing")), undefined);
    await privateDirectory(join(directory, "folder"));
    await assert.rejects(readPrivateFile(join(directory, "folder")), { code: "EISDIR" });
  });

  it("are in folders that only their owner can access, including the parents", async function () {
    if (process.platform === "win32") this.skip();
    await privateDirectory(join(directory, "a", "b"));
    for (const path of ["a", "a/b"]) assert.equal((await stat(join(directory, path))).mode & 0o777, 0o700);
  });
});
