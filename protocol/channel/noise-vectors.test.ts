import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { HandshakeState, type Transport } from "./noise.ts";

/** The fields of the cacophony vectors, all bytes in hexadecimal. */
interface Vector {
  readonly protocol_name: string;
  readonly init_prologue: string;
  readonly init_static?: string;
  readonly init_ephemeral: string;
  readonly init_remote_static?: string;
  readonly resp_prologue: string;
  readonly resp_static?: string;
  readonly resp_ephemeral?: string;
  readonly resp_remote_static?: string;
  readonly handshake_hash: string;
  readonly messages: readonly { readonly payload: string; readonly ciphertext: string }[];
}

const { vectors } = JSON.parse(
  readFileSync(new URL("../../test/vectors/noise-25519-aesgcm-sha256.json", import.meta.url), "utf8"),
) as { vectors: readonly Vector[] };

const EMPTY = new Uint8Array(0);

describe("Noise vectors (cacophony)", () => {
  for (const vector of vectors)
    it(vector.protocol_name, () => {
      const initiator = new HandshakeState(vector.protocol_name, {
        initiator: true,
        prologue: bytes(vector.init_prologue),
        dangerousTestOnlyEphemeral: bytes(vector.init_ephemeral),
        ...(vector.init_static === undefined ? {} : { s: bytes(vector.init_static) }),
        ...(vector.init_remote_static === undefined ? {} : { rs: bytes(vector.init_remote_static) }),
      });
      const responder = new HandshakeState(vector.protocol_name, {
        initiator: false,
        prologue: bytes(vector.resp_prologue),
        ...(vector.resp_ephemeral === undefined
          ? {}
          : { dangerousTestOnlyEphemeral: bytes(vector.resp_ephemeral) }),
        ...(vector.resp_static === undefined ? {} : { s: bytes(vector.resp_static) }),
        ...(vector.resp_remote_static === undefined ? {} : { rs: bytes(vector.resp_remote_static) }),
      });
      let transports: { initiator: Transport; responder: Transport } | undefined;
      vector.messages.forEach(({ payload, ciphertext }, index) => {
        const fromInitiator = index % 2 === 0;
        if (transports === undefined) {
          const [writer, reader] = fromInitiator ? [initiator, responder] : [responder, initiator];
          assert.equal(hex(writer.writeMessage(bytes(payload))), ciphertext);
          assert.equal(hex(reader.readMessage(bytes(ciphertext))), payload);
          if (initiator.finished) transports = { initiator: initiator.split(), responder: responder.split() };
        } else {
          const [writer, reader] = fromInitiator
            ? [transports.initiator, transports.responder]
            : [transports.responder, transports.initiator];
          assert.equal(hex(writer.send.encryptWithAd(EMPTY, bytes(payload))), ciphertext);
          assert.equal(hex(reader.receive.decryptWithAd(EMPTY, bytes(ciphertext))), payload);
        }
      });
      assert.notEqual(transports, undefined);
      assert.equal(hex(initiator.handshakeHash), vector.handshake_hash);
      assert.equal(hex(responder.handshakeHash), vector.handshake_hash);
    });
});

function bytes(text: string): Uint8Array {
  return Buffer.from(text, "hex");
}
function hex(value: Uint8Array): string {
  return Buffer.from(value).toString("hex");
}
