import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openSqlite } from "../store/database.ts";
import { openDataFolder } from "./data-folder.ts";
import { OperatorError } from "./operator-error.ts";

describe("openDataFolder", () => {
  const root = mkdtempSync(join(tmpdir(), "parley-data-"));
  after(() => rmSync(root, { recursive: true }));

  it("accepts every path that a database can be opened at, and no longer one", async function () {
    if (process.platform === "win32") this.skip(); // longer paths open there
    const base = join(root, "ü".repeat(100), "x".repeat(120));
    const room = 504 - Buffer.byteLength(join(base, "/parley.sqlite"));
    for (let length = room - 3; length < room; length++) {
      const folder = await openDataFolder(join(base, "y".repeat(length)), { create: true });
      const sqlite = openSqlite(folder.database);
      sqlite.exec("CREATE TABLE numbers (n INTEGER)");
      sqlite.close();
    }
    for (const length of [room, room + 1, 250])
      await assert.rejects(
        openDataFolder(join(base, "y".repeat(length)), { create: true }),
        (error: unknown) => error instanceof OperatorError && error.message.includes("too long"),
      );
  });
});
