import assert from "node:assert/strict";
import { NetworkError, ProtocolError, RefusedError, UsageError } from "../../protocol/errors.ts";
import { judge } from "./outcome.ts";

describe("the outcome of an attempt to send", () => {
  it("is a refusal where the server or the client refused the message itself", () => {
    for (const code of ["no-conversation", "mailbox-full", "too-large", "not-allowed", "internal"] as const)
      assert.equal(judge(new RefusedError(code, "")).type, "refused", code);
    assert.equal(judge(new UsageError("too-large", "")).type, "refused");
  });

  it("is to try again where nobody refused the message itself", () => {
    for (const error of [
      new NetworkError("cut", ""),
      new NetworkError("timeout", ""),
      new NetworkError("server-shutdown", ""),
      new ProtocolError("bad-record", ""),
      new UsageError("not-connected", ""),
      new UsageError("closed", ""),
      new RefusedError("superseded", ""),
      new TypeError("a bug is no refusal"),
    ])
      assert.equal(judge(error).type, "later", String(error));
  });

  it("is to wait as long as a busy server asks", () => {
    assert.deepEqual(judge(new RefusedError("rate-limited", "", 1500)), { type: "later", afterMs: 1500 });
  });
});
