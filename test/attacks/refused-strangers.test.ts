/** A stranger who was refused and keeps sending costs the server as little as one whose records do not open. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import type { Channel } from "../../protocol/channel/channel.ts";
import { closed } from "../../protocol/channel/closed-fixture.ts";
import { ClientHandshake } from "../../protocol/channel/handshake.ts";
import { Identity } from "../../protocol/identity/identity.ts";
import { parseInvite } from "../../protocol/identity/invite.ts";
import { MAX_HANDSHAKE_FRAME_BYTES } from "../../protocol/limits.ts";
import { username } from "../../protocol/names.ts";
import { encodeBatch } from "../../protocol/wire/batch.ts";
import { FrameReader, frame } from "../../protocol/wire/frame.ts";
import { Opcode } from "../../protocol/wire/parley_pb.ts";
import { cpuSeconds } from "../fixtures/footprint.ts";
import { RealServer } from "../fixtures/real-server.ts";

const CONNECTIONS = 4;
/** 29 bytes each: fewer than the server discards from one connection. */
const RECORDS = 30_000;
const PING = encodeBatch([{ opcode: Opcode.PING, id: 0, body: new Uint8Array(0) }]);

describe("a stranger who was refused", function () {
  this.timeout(180_000);
  let server: RealServer;
  let caFingerprint: Uint8Array;
  before(async () => {
    server = await RealServer.start();
    caFingerprint = parseInvite(await server.invite()).caFingerprint;
  });
  after(() => server.remove());

  /** Completes a handshake with an unknown name. */
  async function refused(): Promise<{ socket: Socket; channel: Channel }> {
    const socket = connect({ port: server.port, host: "127.0.0.1", allowHalfOpen: true });
    socket.on("error", () => {});
    const who = { name: username("mallory"), identity: Identity.generate() };
    const handshake = new ClientHandshake({ trust: { caFingerprint }, host: "127.0.0.1", ...who });
    socket.write(frame(handshake.start()));
    const reader = new FrameReader(MAX_HANDSHAKE_FRAME_BYTES);
    for (;;) {
      const [chunk] = (await once(socket, "data")) as [Uint8Array];
      const [message] = reader.push(chunk, 1);
      if (message === undefined) continue;
      const { message: last, channel } = handshake.answer(message);
      socket.resume().write(frame(last));
      return { socket, channel };
    }
  }

  /**
   * Sends the records.
   * @param spoil changes the first one.
   * @returns the server's cost, seconds of CPU
   */
  async function cost(spoil: (record: Uint8Array) => Uint8Array): Promise<number> {
    const before = cpuSeconds(server.pid) ?? 0;
    for (let count = 0; count < CONNECTIONS; count++) {
      const { socket, channel } = await refused();
      const records = Array.from({ length: RECORDS }, () => Buffer.concat(channel.seal(PING)));
      const [first = new Uint8Array(), ...others] = records;
      socket.end(Buffer.concat([spoil(first), ...others]));
      await closed(socket);
    }
    return (cpuSeconds(server.pid) ?? 0) - before;
  }

  it("and sends thirty thousand valid records costs no more than with the first one damaged", async function () {
    if (cpuSeconds(server.pid) === undefined) this.skip();
    await cost((record) => record);
    const control = await cost((record) => Buffer.from(record).fill(0, 4));
    const attack = await cost((record) => record);
    console.log(
      `      ${CONNECTIONS * RECORDS} records: ${attack} CPU s, first one damaged: ${control} CPU s`,
    );
    // Without the defence it is more than a second. The clock ticks in hundredths.
    assert.ok(attack <= 2 * control + 0.1, `${attack} CPU s, ${control} where nothing opens`);
  });
});
