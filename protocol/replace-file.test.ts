import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { StorageError } from "./errors.ts";
import { replaceFile, replaceFileSync } from "./replace-file.ts";

function fault(code: string): Error {
  return Object.assign(new Error(code), { code });
}

/** A system whose rename fails this many times. */
function failing(times: number, code: string, platform: NodeJS.Platform) {
  const system = {
    platform,
    tries: 0,
    rename: () => {
      system.tries++;
      if (system.tries <= times) throw fault(code);
    },
  };
  return system;
}

async function both(
  system: () => ReturnType<typeof failing>,
  expect: (run: () => Promise<void>, used: ReturnType<typeof failing>) => Promise<void>,
) {
  const first = system();
  await expect(async () => replaceFileSync("from", "to", first), first);
  const second = system();
  const later = { platform: second.platform, rename: async () => second.rename() };
  await expect(() => replaceFile("from", "to", later), second);
}

describe("replacing a file", () => {
  it("puts the new file in the old one's place", async () => {
    const folder = mkdtempSync(join(tmpdir(), "parley-replace-"));
    const [from, to] = [join(folder, "from"), join(folder, "to")];
    for (const replace of [replaceFile, replaceFileSync]) {
      writeFileSync(from, "new");
      writeFileSync(to, "old");
      await replace(from, to);
      assert.equal(readFileSync(to, "utf8"), "new");
    }
    rmSync(folder, { recursive: true });
  });

  for (const code of ["EPERM", "EACCES", "EBUSY"])
    it(`tries again on Windows while another program has the file open: ${code}`, () =>
      both(
        () => failing(4, code, "win32"),
        async (run, used) => {
          await run();
          assert.equal(used.tries, 5);
        },
      ));

  it("reports on Windows, after a while, that another program has the file open", function () {
    this.timeout(180_000);
    return both(
      () => failing(Number.POSITIVE_INFINITY, "EBUSY", "win32"),
      (run) =>
        assert.rejects(
          run,
          (error) =>
            error instanceof StorageError && error.code === "file-in-use" && /\bto\b/.test(error.message),
        ),
    );
  });

  it("fails at once for any other reason, and on other systems", async () => {
    for (const [code, platform] of [
      ["ENOENT", "win32"],
      ["ENOSPC", "win32"],
      ["EPERM", "linux"],
      ["EACCES", "darwin"],
    ] as const)
      await both(
        () => failing(1, code, platform),
        async (run, used) => {
          await assert.rejects(run, { code });
          assert.equal(used.tries, 1);
        },
      );
  });
});
