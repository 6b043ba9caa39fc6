import assert from "node:assert/strict";
import { NetworkError, RefusedError, StorageError, TrustError } from "../../protocol/errors.ts";
import { Command } from "../ids.ts";
import { codeHelp, errorCode, errorCodes, errorHelp } from "./error-text.ts";
import { untranslated as t } from "./translate.ts";

const about = { peer: "bob", name: "alice", host: "chat.example" };

describe("the text of an error", () => {
  for (const code of errorCodes)
    it(`is a whole sentence for ${code}`, () => {
      for (const known of [about, {}]) {
        const { text } = codeHelp(code, t, known);
        assert.match(text, /^.{20,}[.…]$/s);
        assert.doesNotMatch(text, /\{\d\}|undefined/);
        // Codes are for programs. Those without a hyphen, such as `closed`, may be ordinary words of the sentence.
        if (code.includes("-")) assert.ok(!text.includes(code), text);
      }
    });

  it("names the person, the server and the remedy", () => {
    assert.match(errorHelp(new RefusedError("user-not-found", "?"), t, about).text, /^bob isn't online/);
    assert.match(
      errorHelp(new TrustError("wrong-ca", "?"), t, about).text,
      /chat\.example isn't the server you were invited to/,
    );
    assert.deepEqual(errorHelp(new RefusedError("superseded", "?"), t, about).next, [Command.useHere]);
    assert.equal(errorHelp(new NetworkError("unreachable", "?"), t, about).next[0], Command.reconnect);
  });
  it("says when a rate-limiting server accepts more", () => {
    const said = (retryAfterMs?: number) =>
      errorHelp(new RefusedError("rate-limited", "?", retryAfterMs), t, about).text;
    assert.match(said(4200), /Try again in 5 seconds\.$/);
    assert.match(said(300), /Wait a moment/);
    assert.match(said(), /Wait a moment/);
  });
  it("marks trust failures as faults, but not network failures", () => {
    assert.equal(errorHelp(new TrustError("certificate-revoked", "?"), t).fault, true);
    assert.equal(errorHelp(new NetworkError("cut", "?"), t).fault, false);
    assert.equal(errorHelp(new RefusedError("name-taken", "?"), t).fault, false);
    assert.equal(errorHelp(new StorageError("disk-full", "?"), t).fault, false);
  });
  it("never shows the text of a foreign error, nor treats its code as one of Parley's", () => {
    const foreign = Object.assign(new Error("secret token 123"), { code: "ECONNREFUSED" });
    assert.equal(errorCode(foreign), undefined);
    for (const thrown of [
      foreign,
      "secret token 123",
      { code: "closed" },
      undefined,
      Object.assign(new Error("x"), { code: "toString" }),
    ]) {
      const { text, fault, next } = errorHelp(thrown, t);
      assert.equal(text, "Something went wrong in Parley. See the log for details.");
      assert.equal(fault, true);
      assert.deepEqual(next, [Command.showLog]);
    }
  });
});
