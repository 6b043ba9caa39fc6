import assert from "node:assert/strict";
import { once } from "node:events";
import { inspect } from "node:util";
import { fromBinary } from "@bufbuild/protobuf";
import { ErrorCode, ErrorSchema, Opcode } from "../wire/parley_pb.ts";
import { closed } from "./closed-fixture.ts";
import { CUT, EMPTY, lineAndPeer, text } from "./line-fixture.ts";

describe("Line, under attack,", () => {
  const attacks: readonly [string, string, (sealed: (plaintext: Uint8Array) => Uint8Array) => Uint8Array][] =
    [
      ["garbage", "frame-too-large", () => Buffer.alloc(100, 0xff)],
      ["a huge length", "frame-too-large", () => Buffer.from("00040001", "hex")],
      [
        "a forged record",
        "bad-record",
        () => Buffer.concat([Buffer.from("00000020", "hex"), Buffer.alloc(32)]),
      ],
      ["an empty frame", "bad-record", () => Buffer.alloc(4)],
      ["an empty record", "bad-message", (sealed) => sealed(EMPTY)],
      ["an unknown opcode", "bad-message", (sealed) => sealed(Buffer.from("ff0000000100000000", "hex"))],
      ["a body cut short", "bad-message", (sealed) => sealed(Buffer.from("050000000100000002aa", "hex"))],
      [
        "a QUIT that does not parse",
        "bad-message",
        (sealed) => sealed(Buffer.from("000000000000000001ff", "hex")),
      ],
    ];
  for (const [what, code, attack] of attacks)
    it(`ends on ${what} with ${code}, keeps the envelopes before it, and tells the other end`, async () => {
      const { ours, peer } = await lineAndPeer();
      peer.listen();
      const good = peer.sealed(text("good"));
      const bad = attack((plaintext) => peer.sealedBytes(plaintext));
      peer.socket.write(Buffer.concat([good, bad, peer.sealed(text("never seen"))]));
      const end = await ours.end();
      assert.equal(end.type === "error" && end.error.code, code);
      assert.deepEqual(ours.texts, ["good"]);
      const [told] = await peer.received(1);
      assert.equal(told?.opcode, Opcode.ERROR);
      assert.equal(told?.id, 0);
      assert.equal(fromBinary(ErrorSchema, told?.body ?? EMPTY).code, ErrorCode.BAD_MESSAGE);
      peer.socket.destroy();
    });

  it("ends on a replayed record, and does not open the flood that follows", async () => {
    const { ours, peer } = await lineAndPeer();
    const record = peer.sealed(text("once"));
    peer.socket.write(record);
    peer.socket.write(record);
    for (let count = 0; count < 200; count += 1) peer.socket.write(Buffer.alloc(64 * 1024));
    const end = await ours.end();
    assert.equal(end.type === "error" && end.error.code, "bad-record");
    peer.socket.end();
    await closed(peer.socket.resume());
    assert.deepEqual(ours.texts, ["once"]);
    assert.equal(ours.ends.length, 1);
  });

  it("shows no key and no message when printed or serialised", async () => {
    const { ours, peer } = await lineAndPeer();
    ours.line.send(Opcode.PING, 1, Buffer.from("5ecret"));
    const shown = inspect(ours.line, { depth: null }) + JSON.stringify(ours.line);
    assert.ok(!/5ecret|KeyObject|Channel|Socket/.test(shown), shown);
    ours.line.destroy();
    peer.socket.destroy();
  });
});

describe("Line, with listeners that misbehave,", () => {
  it("delivers the rest when one throws, and surfaces the error", async () => {
    const { ours, peer } = await lineAndPeer();
    const raised = uncaught();
    ours.line.once("message", () => {
      throw new Error("a listener's fault");
    });
    peer.socket.write(peer.sealed(text("one"), text("two")));
    peer.socket.end(peer.sealed(text("three")));
    assert.deepEqual(await ours.end(), CUT);
    assert.deepEqual(ours.texts, ["one", "two", "three"]);
    assert.match(String(await raised), /a listener's fault/);
  });

  it("ends once when one throws from the end event", async () => {
    const { ours, socket, peer } = await lineAndPeer();
    const raised = uncaught();
    ours.line.once("end", () => {
      throw new Error("at the end");
    });
    peer.socket.end();
    await once(socket, "close");
    assert.deepEqual(ours.ends, [CUT]);
    assert.match(String(await raised), /at the end/);
  });

  it("emits nothing more when one destroys the line", async () => {
    const { ours, peer } = await lineAndPeer();
    ours.line.once("message", () => ours.line.destroy());
    peer.socket.write(Buffer.concat([peer.sealed(text("one"), text("two")), peer.sealed(text("three"))]));
    assert.deepEqual(await ours.end(), CUT);
    await new Promise(setImmediate);
    assert.deepEqual(ours.texts, ["one"]);
    peer.socket.destroy();
  });

  it("sends answers written within a listener in one record", async () => {
    const { ours, peer } = await lineAndPeer();
    ours.line.on("message", ({ id }) => ours.line.send(Opcode.ACK, id, EMPTY));
    peer.listen();
    peer.socket.write(peer.sealed(text("a", 1), text("b", 2), text("c", 3)));
    await peer.received(3);
    assert.equal(peer.records.length, 1);
    ours.line.destroy();
  });
});

/** Takes the next uncaught exception away from mocha, which would fail the test. */
function uncaught(): Promise<unknown> {
  const others = process.listeners("uncaughtException");
  process.removeAllListeners("uncaughtException");
  return new Promise((resolve) => {
    process.once("uncaughtException", (error) => {
      for (const listener of others) process.on("uncaughtException", listener);
      resolve(error);
    });
  });
}
