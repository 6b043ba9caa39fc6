import assert from "node:assert/strict";
import { once } from "node:events";
import { Opcode } from "../wire/parley_pb.ts";
import { EMPTY, lineAndPeer } from "./line-fixture.ts";

describe("Line, with parts of a file to send when it is idle,", () => {
  const PART = new Uint8Array(64 * 1024);

  it("sends messages of the same turn first, and one part a turn", async () => {
    const { ours, peer } = await lineAndPeer();
    peer.listen();
    for (const id of [10, 11]) ours.line.whenIdle(() => ours.line.send(Opcode.BLOB_PUT, id, EMPTY));
    for (const id of [1, 2]) ours.line.send(Opcode.MESSAGE, id, EMPTY);
    const got = await peer.received(4);
    assert.deepEqual(
      got.map(({ id }) => id),
      [1, 2, 10, 11],
    );
    assert.equal(peer.records.length, 3);
    ours.line.destroy();
  });

  it("makes no part while the other end does not read, so that one waits at most, and messages go before the rest", async () => {
    const { ours, socket, peer } = await lineAndPeer();
    peer.socket.pause();
    let made = 0;
    const more = () => {
      made += 1;
      ours.line.send(Opcode.BLOB_PUT, made, PART);
      ours.line.whenIdle(more);
    };
    ours.line.whenIdle(more);
    // Until the system's buffers are full.
    while (socket.writableLength === 0 || !socket.writableNeedDrain) await new Promise(setImmediate);
    for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate);
    const before = made;
    // The rest of the last part, which the system has not taken; no other part is queued behind it.
    assert.equal(ours.line.pendingBytes, socket.writableLength);
    assert.ok(socket.writableLength < 2 * PART.length);
    ours.line.send(Opcode.MESSAGE, 0, EMPTY);
    peer.listen();
    peer.socket.resume();
    while (!peer.records.flat().some(({ opcode }) => opcode === Opcode.MESSAGE))
      await once(peer.socket, "data");
    const all = peer.records.flat();
    assert.equal(
      all.findIndex(({ opcode }) => opcode === Opcode.MESSAGE),
      before,
    );
    ours.line.destroy();
  });

  it("makes no part while messages wait to be read", async () => {
    const { ours, peer } = await lineAndPeer();
    peer.socket.pause();
    const messages = 200;
    for (let id = 1; id <= messages; id++) ours.line.send(Opcode.MESSAGE, id, PART);
    let made = false;
    ours.line.whenIdle(() => {
      made = true;
      ours.line.send(Opcode.BLOB_PUT, messages + 1, EMPTY);
    });
    for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate);
    assert.ok(!made && ours.line.pendingBytes > PART.length);
    peer.listen();
    peer.socket.resume();
    assert.equal((await peer.received(messages + 1)).at(-1)?.opcode, Opcode.BLOB_PUT);
    ours.line.destroy();
  });

  it("forgets them at its end", async () => {
    const { ours, peer } = await lineAndPeer();
    peer.listen();
    ours.line.destroy();
    ours.line.whenIdle(() => assert.fail("called after the end"));
    await new Promise(setImmediate);
  });
});
