/** endpoint.json, by which a window finds the leader: it is valid, or ignored. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readEndpoint } from "../../../messenger/sharing/endpoint-file.ts";
import { type Target, utf8 } from "../target.ts";

export function open(): Target {
  const directory = mkdtempSync(join(tmpdir(), "parley-fuzz-"));
  const token = Buffer.alloc(32, 5).toString("base64");
  return {
    samples: [utf8(JSON.stringify({ pipe: "/tmp/pipe", token, version: "1" }))],
    run(input) {
      writeFileSync(join(directory, "endpoint.json"), input);
      const found = readEndpoint(directory);
      if (found === undefined) return;
      assert.equal(found.token.length, 32);
      assert.ok(found.pipe.length <= 256 && found.version.length <= 64);
    },
    close: () => rmSync(directory, { recursive: true }),
  };
}
