import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import { mock } from "node:test";
import { ClientHandshake, ServerHandshake } from "../../protocol/channel/handshake.ts";
import { stored } from "../../protocol/channel/handshake-fixture.ts";
import { Identity } from "../../protocol/identity/identity.ts";
import { MAX_HANDSHAKE_FRAME_BYTES } from "../../protocol/limits.ts";
import { username } from "../../protocol/names.ts";
import { FrameReader, frame } from "../../protocol/wire/frame.ts";
import { TestServer } from "../server-fixture.ts";

const COUNT = 40;

describe("handshakes that finish at the same time", () => {
  let server: TestServer;
  afterEach(async () => {
    mock.restoreAll();
    await server.remove();
  });

  /**
   * Completes the handshake up to 1.1.
   * @returns a function that sends 1.2
   */
  async function halfway(number: number): Promise<() => void> {
    const socket = connect(server.port, "127.0.0.1");
    const handshake = new ClientHandshake({
      ...{ name: username(`somebody${number}`), identity: Identity.generate(), host: "parley.test" },
      trust: { caFingerprint: Buffer.from(stored.caFingerprint, "base64") },
      now: new Date("2030-01-01T00:00:00Z"),
    });
    await once(socket, "connect");
    socket.write(frame(handshake.start()));
    const reader = new FrameReader(MAX_HANDSHAKE_FRAME_BYTES);
    for (;;) {
      const [chunk] = await once(socket, "data");
      const [answer] = reader.push(chunk, 1);
      if (answer !== undefined) return () => socket.write(frame(handshake.answer(answer).message));
    }
  }

  it("are completed one per event-loop turn, so that nobody waits for all of them", async () => {
    server = await TestServer.start();
    const proofs = await Promise.all(Array.from({ length: COUNT }, (_, number) => halfway(number)));
    let turn = 0;
    const turns: number[] = [];
    const finish = ServerHandshake.prototype.finish;
    mock.method(ServerHandshake.prototype, "finish", function (this: ServerHandshake, proof: Uint8Array) {
      turns.push(turn);
      return finish.call(this, proof);
    });
    for (const prove of proofs) prove();
    while (turns.length < COUNT) {
      await new Promise(setImmediate);
      turn += 1;
    }
    assert.equal(new Set(turns).size, COUNT);
  });
});
