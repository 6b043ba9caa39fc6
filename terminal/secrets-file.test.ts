import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { hasSecretsFile, SecretsFile } from "./secrets-file.ts";
import { TerminalError } from "./terminal-error.ts";

describe("the file with the secrets", () => {
  let folder = "";
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "parley-secrets-"));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it("shows one process the secrets that another has stored", async () => {
    const [one, other] = [new SecretsFile(folder), new SecretsFile(folder)];
    assert.equal(await one.get("a"), undefined);
    await one.store("a", "1");
    await other.store("b", "2");
    const values = await Promise.all(["a", "b", "toString"].map((key) => other.get(key)));
    assert.deepEqual(values, ["1", "2", undefined]);
    await other.delete("a");
    assert.equal(await one.get("a"), undefined);
    assert.deepEqual(readdirSync(folder), ["secrets.json"]);
  });

  it("exists from the first secret on, and is closed to others", async () => {
    assert.equal(hasSecretsFile(folder), false);
    await new SecretsFile(folder).store("a", "1");
    assert.equal(hasSecretsFile(folder), true);
    if (process.platform !== "win32")
      assert.equal(statSync(join(folder, "secrets.json")).mode & 0o777, 0o600);
  });

  it("reports damage, and stays as it is", async () => {
    const path = join(folder, "secrets.json");
    for (const damaged of ["", "{", "[]", '{"a":1}', "null"]) {
      writeFileSync(path, damaged);
      const unusable = (error: unknown) =>
        error instanceof TerminalError && error.code === "profile-unusable";
      await assert.rejects(new SecretsFile(folder).get("a"), unusable, damaged);
      await assert.rejects(new SecretsFile(folder).store("a", "1"), unusable, damaged);
      assert.equal(readFileSync(path, "utf8"), damaged);
    }
  });
});
