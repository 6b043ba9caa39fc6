import assert from "node:assert/strict";
import { once } from "node:events";
import { mock } from "node:test";
import { UsageError } from "../errors.ts";
import { MAX_FRAME_BYTES, PACE_MS } from "../limits.ts";
import { Opcode } from "../wire/parley_pb.ts";
import { CUT, EMPTY, lineAndPeer, linePair, text } from "./line-fixture.ts";

describe("Line", () => {
  it("carries envelopes both ways, in order", async () => {
    const [alice, bob] = await linePair();
    for (let id = 1; id <= 50; id += 1) {
      alice.line.send(Opcode.MESSAGE, id, Buffer.from(`up ${id}`));
      bob.line.send(Opcode.ACK, id, Buffer.from(`down ${id}`));
      if (id % 7 === 0) await once(alice.line, "message");
    }
    await Promise.all([alice.received(50), bob.received(50)]);
    assert.deepEqual(
      bob.texts,
      Array.from({ length: 50 }, (_, index) => `up ${index + 1}`),
    );
    assert.deepEqual(
      alice.texts,
      Array.from({ length: 50 }, (_, index) => `down ${index + 1}`),
    );
    assert.ok(bob.messages.every(({ opcode, id }, index) => opcode === Opcode.MESSAGE && id === index + 1));
    alice.line.destroy();
    assert.deepEqual(await bob.end(), CUT);
  });

  it("sends all envelopes of one event-loop turn in one record and one write", async () => {
    const { ours, socket, peer } = await lineAndPeer();
    const writes = mock.method(socket, "write");
    peer.listen();
    ours.line.send(Opcode.PING, 1, EMPTY);
    await Promise.resolve();
    ours.line.send(Opcode.PING, 2, EMPTY);
    process.nextTick(() => ours.line.send(Opcode.PING, 3, EMPTY));
    await peer.received(3);
    assert.equal(peer.records.length, 1);
    assert.equal(writes.mock.callCount(), 1);
    ours.line.destroy();
  });

  it("sends an acknowledgement at once on an idle line, and with the next three on a busy one", async () => {
    const { ours, peer } = await lineAndPeer();
    peer.listen();
    // However slow the computer is, all of them are within PACE_MS.
    let now = performance.now();
    mock.method(performance, "now", () => now);
    mock.timers.enable({ apis: ["setTimeout"] });
    try {
      ours.line.sendPaced(Opcode.ACK, 1, EMPTY);
      await peer.received(1);
      for (let id = 2; id <= 6; id++) {
        ours.line.sendPaced(Opcode.ACK, id, EMPTY);
        await Promise.resolve().then(() => new Promise(setImmediate));
      }
      await peer.received(5);
      now += PACE_MS;
      mock.timers.tick(PACE_MS);
      await peer.received(6);
      assert.deepEqual(
        peer.records.map((record) => record.map(({ id }) => id)),
        [[1], [2, 3, 4, 5], [6]],
      );
    } finally {
      mock.timers.reset();
      mock.restoreAll();
      ours.line.destroy();
    }
  });

  it("gathers acknowledgements from the last record on, for PACE_MS at most", async () => {
    const { ours, peer } = await lineAndPeer();
    peer.listen();
    let now = performance.now();
    mock.method(performance, "now", () => now);
    mock.timers.enable({ apis: ["setTimeout"] });
    try {
      let sent = 0;
      const acknowledgeAfter = async (ms: number) => {
        now += ms;
        mock.timers.tick(ms);
        sent += 1;
        ours.line.sendPaced(Opcode.ACK, sent, EMPTY);
        await new Promise(setImmediate);
      };
      await acknowledgeAfter(0);
      for (const ms of [5, 5, 5, 3]) await acknowledgeAfter(ms);
      // 25 ms after the first, a timer of the four before is due.
      for (const ms of [6, 2, 2, 2]) await acknowledgeAfter(ms);
      await acknowledgeAfter(5);
      now += PACE_MS - 5;
      mock.timers.tick(PACE_MS - 5);
      await peer.received(sent);
      assert.deepEqual(
        peer.records.map((record) => record.map(({ id }) => id)),
        [[1], [2, 3, 4, 5], [6, 7, 8, 9], [10]],
      );
    } finally {
      mock.timers.reset();
      mock.restoreAll();
      ours.line.destroy();
    }
  });

  it("splits envelopes into as few records as possible, in one write", async () => {
    const { ours, socket, peer } = await lineAndPeer();
    const single = mock.method(socket, "_write");
    peer.listen();
    for (let id = 1; id <= 10; id += 1) ours.line.send(Opcode.MESSAGE, id, new Uint8Array(60 * 1024));
    assert.ok(ours.line.pendingBytes > 10 * 60 * 1024);
    await peer.received(10);
    assert.deepEqual(
      peer.records.map((record) => record.length),
      [4, 4, 2],
    );
    assert.equal(single.mock.callCount(), 0, "all by _writev()");
    ours.line.destroy();
  });

  it("sends the largest body that fits a record, and refuses one byte more", async () => {
    const [alice, bob] = await linePair();
    const largest = MAX_FRAME_BYTES - 16 - 9;
    assert.throws(
      () => alice.line.send(Opcode.MESSAGE, 1, new Uint8Array(largest + 1)),
      (error: unknown) => error instanceof UsageError && error.code === "too-large",
    );
    alice.line.send(Opcode.MESSAGE, 2, new Uint8Array(largest));
    const [message] = await bob.received(1);
    assert.equal(message?.body.length, largest);
    alice.line.destroy();
  });

  it("reads records that arrive one byte at a time", async () => {
    const { ours, peer } = await lineAndPeer();
    peer.socket.setNoDelay(true);
    for (const byte of peer.sealed(text("slow"), text("bytes"))) {
      peer.socket.write(Uint8Array.of(byte));
      await new Promise(setImmediate);
    }
    await ours.received(2);
    assert.deepEqual(ours.texts, ["slow", "bytes"]);
    ours.line.destroy();
  });

  it("keeps records that arrive with the handshake's last message, whole or in part", async () => {
    const whole = await lineAndPeer((peer) =>
      Buffer.concat([peer.sealed(text("one")), peer.sealed(text("2".repeat(500)))]),
    );
    await whole.ours.received(2);
    assert.deepEqual(whole.ours.texts, ["one", "2".repeat(500)]);
    whole.ours.line.destroy();

    let rest: Uint8Array = EMPTY;
    const part = await lineAndPeer((peer) => {
      const bytes = peer.sealed(text("cut in two"));
      rest = bytes.subarray(9);
      return bytes.subarray(0, 9);
    });
    part.peer.socket.write(rest);
    await part.ours.received(1);
    assert.deepEqual(part.ours.texts, ["cut in two"]);
    part.ours.line.destroy();
  });

  it("queues while the other end does not read, reports the queue's size, and loses nothing", async () => {
    const { ours, peer } = await lineAndPeer();
    peer.socket.pause();
    const body = new Uint8Array(60 * 1024);
    let id = 0;
    // Until the system's buffers are full and the queue grows.
    while (ours.line.pendingBytes < 4 * 1024 * 1024) {
      id += 1;
      assert.ok(ours.line.send(Opcode.MESSAGE, id, body));
      await new Promise(setImmediate);
    }
    peer.listen();
    peer.socket.resume();
    const got = await peer.received(id);
    assert.deepEqual(
      got.map((envelope) => envelope.id),
      Array.from({ length: id }, (_, index) => index + 1),
    );
    assert.equal(ours.line.pendingBytes, 0);
    ours.line.destroy();
  });
});
