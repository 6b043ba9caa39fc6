import assert from "node:assert/strict";
import { PassThrough } from "node:stream";
import type { ReadStream } from "node:tty";
import fc from "fast-check";
import { Keys } from "./keys.ts";

/** Returns the output for bytes that arrive in these pieces. */
async function passed(pieces: readonly Buffer[]): Promise<string> {
  const terminal = new PassThrough();
  const keys = new Keys(terminal as unknown as ReadStream);
  const text = keys.setEncoding("utf8").toArray();
  for (const piece of pieces) terminal.write(piece);
  terminal.end();
  return (await text).join("");
}

/** Splits the bytes at those places. */
function cut(bytes: Buffer, places: readonly number[]): Buffer[] {
  const ends = [...new Set(places.map((place) => place % (bytes.length + 1))), bytes.length].sort(
    (a, b) => a - b,
  );
  return ends.map((end, at) => bytes.subarray(at === 0 ? 0 : ends[at - 1], end));
}

describe("keys", () => {
  it("keep a paste together in one line, in whatever pieces it arrives", async () => {
    const paste = Buffer.from("a\x1b[200~/block bob\r\nsecond\nthird\tä\x1b[201~b\r");
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(), { maxLength: 4 }), async (places) => {
        // Never splits within the first bytes of the paste's start mark, which terminals write at once.
        const pieces = cut(
          paste,
          places.map((place) => 4 + (place % (paste.length - 4))),
        );
        assert.equal(await passed(pieces), "a/block bob⏎second⏎third    äb\r");
      }),
    );
  });

  it("drop the control characters of a paste", async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: "binary" }), async (text) => {
        const harmless = text.replaceAll("\x1b[201~", "");
        const out = await passed([Buffer.from(`\x1b[200~${harmless}\x1b[201~`)]);
        assert.doesNotMatch(out, /\p{Cc}/u);
      }),
    );
  });

  it("pass keys on, and drop control characters that a terminal would obey", async () => {
    for (const keys of ["\x1b", "\x1b[A", "\x1b[2~", "\x03", "äöü😀\r"])
      assert.equal(await passed([Buffer.from(keys)]), keys);
    assert.equal(await passed([Buffer.from("a\u009b2Jb")]), "a2Jb");
  });
});
