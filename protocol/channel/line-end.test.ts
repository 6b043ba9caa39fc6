import assert from "node:assert/strict";
import { once } from "node:events";
import { mock } from "node:test";
import { NetworkError } from "../errors.ts";
import { CLOSE_DEADLINE_MS, MAX_READ_AWAY_BYTES } from "../limits.ts";
import { Opcode } from "../wire/parley_pb.ts";
import { Channel } from "./channel.ts";
import { closed } from "./closed-fixture.ts";
import {
  CLEAN,
  CUT,
  EMPTY,
  type Listener,
  lineAndPeer,
  linePair,
  type Peer,
  QUIT,
  quit,
  text,
} from "./line-fixture.ts";

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
