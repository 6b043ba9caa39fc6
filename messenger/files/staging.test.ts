import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sealedFileBytes } from "../../protocol/e2ee/sealed-file.ts";
import { pictureFile } from "../pictures/picture-fixture.ts";
import { FileFolder } from "../store/file-folder.ts";
import { stageFile } from "./staging.ts";

const MIB = 1024 * 1024;

describe("a file that is staged", () => {
  let path: string;
  let folder: FileFolder;
  beforeEach(() => {
    path = mkdtempSync(join(tmpdir(), "parley-staging-"));
    folder = new FileFolder(path);
  });
  afterEach(() => rmSync(path, { recursive: true }));

  async function* pieces(first: Uint8Array, more: number): AsyncGenerator<Uint8Array> {
    if (first.length > 0) yield first;
    for (let left = more; left > 0; left -= MIB) yield Buffer.alloc(Math.min(MIB, left));
  }
  const stage = (
    source: AsyncIterable<Uint8Array>,
    most = 100 * MIB,
    signal = new AbortController().signal,
  ) => stageFile(folder, source, { name: "dir/../x", description: "", most, signal });

  it("has a copy of the size that the server sees, under a key and a blob of its own, and a safe name", async () => {
    const [one, other] = [await stage(pieces(Buffer.from("a"), 0)), await stage(pieces(Buffer.from("a"), 0))];
    assert.equal(folder.bytes(one.place), sealedFileBytes(1));
    assert.equal(one.file.name, "dir_.._x");
    assert.notEqual(one.file.key, other.file.key);
    assert.notEqual(one.file.blob, other.file.blob);
    assert.equal(one.file.sha256, other.file.sha256);
  });

  it("is told by its bytes where it is a picture, in pieces of any size, and says where metadata stays", async () => {
    const picture = pictureFile("turned.jpg");
    async function* bytewise() {
      for (const byte of picture) yield Uint8Array.of(byte);
    }
    const cut = await stage(bytewise());
    assert.deepEqual([cut.metadata, cut.file.type], ["cut", "image/jpeg"]);
    assert.ok(cut.file.picture !== undefined && cut.file.bytes < picture.length);
    const large = await stage(pieces(picture, 33 * MIB));
    assert.deepEqual([large.metadata, large.file.type], ["kept", "image/jpeg"]);
    assert.equal(large.file.bytes, picture.length + 33 * MIB);
    const text = await stage(pieces(Buffer.from("plain"), 0));
    assert.deepEqual([text.metadata, text.file.type], ["none", "application/octet-stream"]);
  });

  it("leaves nothing where it is too large, was cancelled, or can't be read", async () => {
    await assert.rejects(stage(pieces(Buffer.from("x"), 5 * MIB), 4 * MIB), { code: "file-too-large" });
    await assert.rejects(stage(pieces(Buffer.from("x"), 1), MIB, AbortSignal.abort()), { code: "cancelled" });
    async function* broken() {
      yield Buffer.alloc(MIB);
      throw new Error("gone");
    }
    await assert.rejects(stage(broken()), /gone/);
    assert.deepEqual(readdirSync(path), []);
  });
});
