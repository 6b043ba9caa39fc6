import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

const SLOW = `
const slowly = () => new Promise((done) => setTimeout(done, 100));
describe("slow", function () {
  this.timeout(10);
  before(slowly);
  it("by the suite's limit", slowly);
  it("by its own", async function () {
    this.timeout(20);
    await slowly();
  });
});`;

describe("the time limits of tests on Windows", () => {
  it("are long for tests and hooks that set one of their own", async () => {
    const folder = mkdtempSync(join(tmpdir(), "parley-limit-"));
    try {
      const file = join(folder, "slow.cjs");
      writeFileSync(file, SLOW);
      const mocha = (...options: string[]) =>
        promisify(execFile)(process.execPath, ["node_modules/mocha/bin/mocha.js", ...options, file]);
      await assert.rejects(mocha(), { stdout: /Timeout of 10ms exceeded/ });
      const { stdout } = await mocha("--require", "./scripts/windows/time-limit.ts");
      assert.match(stdout, /2 passing/);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
