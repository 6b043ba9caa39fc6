import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { RealServer } from "../fixtures/real-server.ts";

/** Returns the arguments of a process as it runs now. */
function commandLine(pid = 0): string[] {
  return readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0");
}

describe("the server's young generation", function () {
  this.timeout(180_000);
  before(function () {
    if (process.platform !== "linux") this.skip();
  });

  it("is small from the start, in the same process, with all its arguments", async () => {
    const server = await RealServer.start(["--no-deprecation"], ["--limit", "mailboxDays=7"]);
    try {
      const line = commandLine(server.pid);
      assert.ok(line.includes("--max-semi-space-size=4"), line.join(" "));
      for (const kept of ["--no-deprecation", "--json", "--limit", "mailboxDays=7"])
        assert.ok(line.includes(kept), kept);
    } finally {
      await server.remove();
    }
  });

  it("has the operator's size when one is given", async () => {
    const server = await RealServer.start(["--max-semi-space-size=32"]);
    try {
      const sizes = commandLine(server.pid).filter((argument) => argument.includes("semi-space"));
      assert.deepEqual(sizes, ["--max-semi-space-size=32"]);
    } finally {
      await server.remove();
    }
  });
});
