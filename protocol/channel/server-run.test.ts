import assert from "node:assert/strict";
import { badHandshake, ends, run } from "./handshake-fixture.ts";
import { decodeRun, encodeRun } from "./server-run.ts";

const [ONE, TWO] = ["0123456789abcdef".repeat(2), "ab".repeat(16)];

describe("a server's run", () => {
  it("is told in 1.1, with the one it follows on", () => {
    for (const told of [undefined, { id: ONE }, { id: ONE, follows: TWO }]) {
      const { client, server } = ends({}, told && { run: told });
      assert.deepEqual(run(client, server).answered.server.run, told);
    }
  });

  it("has a name of 16 bytes, or none at all", () => {
    for (const told of [
      { id: "00" },
      { id: ONE, follows: "00" },
      { id: `${ONE}00` },
      { id: "", follows: ONE },
    ]) {
      assert.equal(decodeRun(encodeRun(told)), "bad");
      const { client, server } = ends({}, { run: told });
      assert.throws(() => run(client, server), badHandshake);
    }
  });
});
