import assert from "node:assert/strict";
import { once } from "node:events";
import { mock } from "node:test";
import { inspect } from "node:util";
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { NetworkError, UsageError } from "../errors.ts";
import { CLOSE_DEADLINE_MS, MAX_FRAME_BYTES, MAX_READ_AWAY_BYTES, PACE_MS } from "../limits.ts";
import type { Envelope } from "../wire/batch.ts";
import { ErrorCode, ErrorSchema, Opcode, QuitReason, QuitSchema } from "../wire/parley_pb.ts";
import { Channel } from "./channel.ts";
import { closed } from "./closed-fixture.ts";
import { type Listener, lineAndPeer, linePair, type Peer } from "./line-fixture.ts";

const EMPTY = new Uint8Array(0);
const CUT = { type: "cut" } as const;
const CLEAN = { type: "clean", reason: QuitReason.SHUTDOWN } as const;
const QUIT = toBinary(QuitSchema, create(QuitSchema, { reason: QuitReason.SHUTDOWN }));

function text(body: string, id = 1): Envelope {
  return { opcode: Opcode.PING, id, body: Buffer.from(body) };
}
const quit: Envelope = { opcode: Opcode.QUIT, id: 0, body: QUIT };

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
    ours.line.sendPaced(Opcode.ACK, 1, EMPTY);
    await peer.received(1);
    for (let id = 2; id <= 5; id++) {
      ours.line.sendPaced(Opcode.ACK, id, EMPTY);
      await Promise.resolve().then(() => new Promise(setImmediate));
    }
    await peer.received(5);
    assert.deepEqual(
      peer.records.map((record) => record.map(({ id }) => id)),
      [[1], [2, 3, 4, 5]],
    );
    ours.line.sendPaced(Opcode.ACK, 6, EMPTY);
    await peer.received(6);
    ours.line.destroy();
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

describe("Line, when it ends,", () => {
  it("reports QUIT and FIN as a clean end on both ends, after everything sent before", async () => {
    const [alice, bob] = await linePair();
    alice.line.send(Opcode.PING, 1, Buffer.from("last"));
    alice.line.send(Opcode.QUIT, 0, QUIT);
    alice.line.close();
    assert.equal(alice.line.send(Opcode.PING, 2, EMPTY), false);
    assert.deepEqual(await bob.end(), CLEAN);
    assert.deepEqual(await alice.end(), CLEAN);
    assert.deepEqual(bob.texts, ["last"], "QUIT itself is not a message");
    assert.equal(bob.line.send(Opcode.PING, 3, EMPTY), false);
  });

  it("reports FIN without QUIT as cut", async () => {
    const { ours, peer } = await lineAndPeer();
    peer.socket.end(peer.sealed(text("and gone")));
    assert.deepEqual(await ours.end(), CUT);
    assert.deepEqual(ours.texts, ["and gone"]);
  });

  it("reports FIN in the middle of a record as cut", async () => {
    const { ours, peer } = await lineAndPeer();
    peer.socket.end(peer.sealed(text("half")).subarray(0, 20));
    assert.deepEqual(await ours.end(), CUT);
    assert.deepEqual(ours.messages, []);
  });

  it("reports a reset as cut, but as clean after QUIT", async () => {
    const one = await lineAndPeer();
    one.peer.socket.resetAndDestroy();
    assert.deepEqual(await one.ours.end(), CUT);

    const two = await lineAndPeer();
    two.peer.socket.allowHalfOpen = true; // A socket that shuts down at the same time cannot be reset.
    two.peer.socket.write(two.peer.sealed(quit));
    await once(two.peer.socket.resume(), "end"); // Our answer to the QUIT.
    two.peer.socket.resetAndDestroy();
    assert.deepEqual(await two.ours.end(), CLEAN);
  });

  it("emits nothing that arrives after a QUIT", async () => {
    const { ours, peer } = await lineAndPeer();
    peer.socket.write(peer.sealed(text("before"), quit, text("behind")));
    peer.socket.end(peer.sealed(text("further behind")));
    assert.deepEqual(await ours.end(), CLEAN);
    assert.deepEqual(ours.texts, ["before"]);
  });

  it("sends what is queued on close(), and waits for the other end's FIN", async () => {
    const [alice, bob] = await linePair();
    alice.line.send(Opcode.PING, 1, Buffer.from("going"));
    alice.line.close();
    assert.deepEqual(await bob.end(), CUT);
    assert.deepEqual(bob.texts, ["going"]);
    assert.deepEqual(await alice.end(), CUT);
  });

  const endings: readonly [string, (ours: Listener, peer: Peer) => Promise<unknown> | unknown][] = [
    ["close()", ({ line }) => line.close()],
    [
      "a last message and close()",
      ({ line }) => {
        line.send(Opcode.ERROR, 0, EMPTY);
        line.close();
      },
    ],
    ["a QUIT of its own", ({ line }) => line.send(Opcode.QUIT, 0, QUIT)],
    ["destroy()", ({ line }) => line.destroy()],
    [
      "the other end's QUIT",
      async (ours, peer) => {
        peer.socket.allowHalfOpen = true;
        peer.socket.write(peer.sealed(quit));
        while (ours.line.send(Opcode.PING, 0, EMPTY)) await new Promise(setImmediate);
      },
    ],
    [
      "a record that does not open",
      async (ours, peer) => {
        peer.socket.allowHalfOpen = true;
        peer.socket.write(peer.forged());
        await ours.end();
      },
    ],
  ];
  for (const [what, end] of endings)
    it(`opens no record that arrives after ${what}`, async () => {
      const { ours, socket, peer } = await lineAndPeer();
      peer.socket.allowHalfOpen = true;
      peer.socket.write(peer.sealed(text("before")));
      await ours.received(1);
      await end(ours, peer);
      const opened = mock.method(Channel.prototype, "open");
      try {
        // The valid record would open, and the line would emit "end", if it were read.
        if (!socket.destroyed) peer.socket.write(Buffer.concat([peer.sealed(text("after")), peer.forged()]));
        peer.socket.resume().end();
        await closed(socket);
        assert.equal(opened.mock.callCount(), 0);
        assert.deepEqual(ours.texts, ["before"]);
      } finally {
        opened.mock.restore();
      }
    });

  it("opens no record that came with the handshake when it is closed in its first turn", async () => {
    const { ours, socket, peer } = await lineAndPeer((early) => early.sealed(text("early")));
    const opened = mock.method(Channel.prototype, "open");
    try {
      ours.line.send(Opcode.ERROR, 0, EMPTY);
      ours.line.close();
      peer.socket.resume().end();
      await closed(socket);
      assert.equal(opened.mock.callCount(), 0);
    } finally {
      opened.mock.restore();
    }
  });

  it("discards a bounded number of bytes after close(), then destroys the socket", async () => {
    const { ours, socket, peer } = await lineAndPeer();
    peer.socket.allowHalfOpen = true;
    peer.socket.resume();
    ours.line.close();
    mock.timers.enable({ apis: ["setTimeout"] });
    try {
      let sent = 0;
      while (!socket.destroyed && sent <= 64 * 1024 * 1024) {
        const chunk = new Uint8Array(64 * 1024);
        sent += chunk.length;
        if (!peer.socket.write(chunk))
          await new Promise<void>((done) => peer.socket.once("drain", done).once("close", () => done()));
      }
      await closed(socket);
      assert.ok(sent >= MAX_READ_AWAY_BYTES);
      assert.deepEqual(ours.ends, [CUT]);
    } finally {
      mock.timers.reset();
    }
  });

  it("does not wait indefinitely for the other end's FIN", async () => {
    const { ours, socket, peer } = await lineAndPeer();
    peer.socket.allowHalfOpen = true;
    peer.socket.resume();
    mock.timers.enable({ apis: ["setTimeout"] });
    try {
      ours.line.close();
      await once(peer.socket, "end");
      assert.deepEqual(ours.ends, []);
      mock.timers.tick(CLOSE_DEADLINE_MS);
      assert.deepEqual(ours.ends, [CUT]);
      assert.ok(socket.destroyed);
    } finally {
      mock.timers.reset();
      peer.socket.destroy();
    }
  });

  it("ends once, at once, on destroy()", async () => {
    const { ours, socket, peer } = await lineAndPeer();
    const error = new NetworkError("timeout", "no sign of life");
    ours.line.destroy(error);
    assert.deepEqual(ours.ends, [{ type: "error", error }]);
    ours.line.destroy();
    ours.line.close();
    assert.equal(ours.line.send(Opcode.PING, 1, EMPTY), false);
    await once(socket, "close");
    peer.socket.destroy();
    assert.equal(ours.ends.length, 1);
    assert.equal(ours.line.pendingBytes, 0);
  });

  it("ends when its socket was closed before it began", async () => {
    const { ours, socket, peer } = await lineAndPeer();
    socket.destroy();
    peer.socket.destroy();
    assert.deepEqual(await ours.end(), CUT);
  });
});

describe("Line, whose other end sends requests and does not read,", () => {
  const SERVED_UP_TO = 256 * 1024;
  const ANSWER = new Uint8Array(30_000);

  /** Starts a line that answers every message, and a peer that has stopped reading. */
  async function answering(): Promise<Awaited<ReturnType<typeof lineAndPeer>> & { alive: () => number }> {
    const parts = await lineAndPeer(undefined, { servedUpToBytes: SERVED_UP_TO });
    const { line } = parts.ours;
    let alive = 0;
    line.on("message", ({ id }) => line.send(Opcode.BLOCKED, id, ANSWER)).on("alive", () => (alive += 1));
    parts.peer.socket.pause();
    return { ...parts, alive: () => alive };
  }
  const asked = (from: number, count: number) =>
    Array.from({ length: count }, (_, at) => ({ opcode: Opcode.BLOCKED, id: from + at, body: EMPTY }));
  /**
   * Waits while the system's buffers still accept bytes.
   * @returns how many requests were served in the end
   */
  async function settled(ours: Listener): Promise<number> {
    for (let served = -1; served !== ours.messages.length; ) {
      served = ours.messages.length;
      for (let turn = 0; turn < 100; turn++) await new Promise(setImmediate);
    }
    return ours.messages.length;
  }
  /**
   * Sends requests until no more are answered.
   * @returns how many were sent
   */
  async function stuff(ours: Listener, peer: Peer, atOnce: number): Promise<number> {
    let count = 0;
    do {
      peer.socket.write(peer.sealed(...asked(count + 1, atOnce)));
      count += atOnce;
    } while ((await settled(ours)) === count);
    return count;
  }

  for (const [what, atOnce] of [
    ["sent record by record", 5],
    ["sent by the thousand in a record", 2000],
  ] as const)
    it(`serves no request beyond the bound of unread answers, ${what}, and serves all in order once they are read`, async () => {
      const { ours, peer } = await answering();
      const count = await stuff(ours, peer, atOnce);
      // The system's buffers may accept some more meanwhile, and as many requests are then served.
      for (let turn = 0; turn < 50; turn++) {
        const { pendingBytes } = ours.line;
        assert.ok(pendingBytes <= SERVED_UP_TO + ANSWER.length + 1000, String(pendingBytes));
        await new Promise(setImmediate);
      }
      peer.listen();
      peer.socket.resume();
      const answers = await peer.received(count);
      assert.deepEqual(
        answers.map(({ id }) => id),
        asked(1, count).map(({ id }) => id),
      );
      ours.line.destroy();
    });

  it("continues in the next turn when the queue consists of many small answers, which leave at once", async () => {
    const { ours, peer } = await lineAndPeer(undefined, { servedUpToBytes: SERVED_UP_TO });
    ours.line.on("message", ({ id }) => ours.line.send(Opcode.ACK, id, EMPTY));
    peer.listen();
    const count = 20_000;
    peer.socket.write(peer.sealed(...asked(1, count)));
    const answers = await peer.received(count);
    assert.deepEqual(
      answers.map(({ id }) => id),
      asked(1, count).map(({ id }) => id),
    );
    ours.line.destroy();
  });

  it("stops reading at the bound, and resumes without losing a record", async () => {
    const { ours, socket, peer } = await answering();
    let count = await stuff(ours, peer, 100);
    while (!socket.isPaused()) {
      count += 1;
      peer.socket.write(peer.sealed({ opcode: Opcode.MESSAGE, id: count, body: new Uint8Array(60_000) }));
      for (let turn = 0; turn < 5; turn++) await new Promise(setImmediate);
    }
    assert.ok(
      ours.line.heldBytes < SERVED_UP_TO + 2 * MAX_FRAME_BYTES + 64 * 1024,
      String(ours.line.heldBytes),
    );
    peer.listen();
    peer.socket.resume();
    assert.equal((await peer.received(count)).length, count);
    assert.ok(!socket.isPaused());
    ours.line.destroy();
  });

  it("reports the other end alive when it sends part of a record, and when it reads", async () => {
    const { ours, peer, alive } = await answering();
    const count = await stuff(ours, peer, 100);
    const before = alive();
    peer.socket.write(peer.sealed(text("still here")).subarray(0, 3));
    while (alive() === before) await new Promise(setImmediate);
    const after = alive();
    peer.listen();
    peer.socket.resume();
    await peer.received(count);
    assert.ok(alive() > after);
    ours.line.destroy();
  });

  it("discards the waiting requests once the line is closed", async () => {
    const { ours, socket, peer } = await answering();
    await stuff(ours, peer, 100);
    const served = ours.messages.length;
    ours.line.close();
    peer.listen();
    peer.socket.resume();
    peer.socket.end();
    await closed(socket);
    assert.equal(ours.messages.length, served);
    assert.deepEqual(ours.ends, [CUT]);
  });
});

describe("Line, while it waits for its turn,", () => {
  it("stops reading at the bound while it has no turn, and resumes without losing a record", async () => {
    const { ours, socket, peer } = await lineAndPeer();
    let offered = 0;
    ours.line.takeInTurns(() => (offered += 1));
    let count = 0;
    while (offered === 0 || (!socket.isPaused() && count < 1000)) {
      count += 1;
      peer.socket.write(peer.sealed({ opcode: Opcode.MESSAGE, id: count, body: new Uint8Array(60_000) }));
      for (let turn = 0; turn < 5; turn++) await new Promise(setImmediate);
    }
    assert.ok(socket.isPaused());
    assert.equal(ours.messages.length, 0);
    assert.ok(ours.line.heldBytes < 2 * MAX_FRAME_BYTES + 64 * 1024, String(ours.line.heldBytes));
    while (ours.messages.length < count) {
      ours.line.take();
      await new Promise(setImmediate);
    }
    assert.ok(!ours.line.take());
    assert.ok(!socket.isPaused());
    ours.line.destroy();
  });
});

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
