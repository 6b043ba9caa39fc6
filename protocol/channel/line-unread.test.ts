import assert from "node:assert/strict";
import { MAX_FRAME_BYTES } from "../limits.ts";
import { Opcode } from "../wire/parley_pb.ts";
import { closed } from "./closed-fixture.ts";
import { CUT, EMPTY, type Listener, lineAndPeer, type Peer, text } from "./line-fixture.ts";

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
