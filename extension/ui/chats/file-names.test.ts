import assert from "node:assert/strict";
import { posix, win32 } from "node:path";
import fc from "fast-check";
import { parseUsername } from "../../../protocol/names.ts";
import { backupFileName, exportFileName } from "./file-names.ts";

const DAY = "2026-11-23";
/** Names that a user may ask for. The server refuses most of them. */
const wanted = fc.oneof(
  fc.string({ unit: fc.constantFrom(..."ab01./\\:-_~%*?$`'\"<>| \0\n\u202e"), minLength: 1, maxLength: 32 }),
  fc.constantFrom("..", "a..", "a/../../b", "con", "nul.txt", "a.", "a:stream", "~root", "-rf", ".ssh", "c:"),
  fc.stringMatching(/^[a-z0-9][a-z0-9._-]{0,31}$/),
);

describe("a proposed file name", () => {
  it("stays in its folder, on any system, with any name of a person", () => {
    fc.assert(
      fc.property(wanted, (text) => {
        const name = parseUsername(text);
        if (name === undefined) return;
        for (const file of [exportFileName(name, DAY), backupFileName(name, DAY)]) {
          assert.match(file, /^parley-[a-z0-9][a-z0-9._-]*\.(?:md|parley-backup)$/);
          for (const path of [posix, win32]) {
            const home = path === posix ? "/home/alice" : "C:\\Users\\alice";
            assert.equal(path.dirname(path.join(home, file)), home);
            assert.equal(path.basename(path.join(home, file)), file);
          }
        }
      }),
      { numRuns: 1000 },
    );
  });
});
