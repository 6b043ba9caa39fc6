/** Message 1.1 at a client: changed on the way, forged, and correctly sealed by the team's server with garbage inside. */
import assert from "node:assert/strict";
import { create, toBinary } from "@bufbuild/protobuf";
import { credentials, ends, LIMITS } from "../../../protocol/channel/handshake-fixture.ts";
import { HandshakeState } from "../../../protocol/channel/noise.ts";
import { TRUST_CODES } from "../../../protocol/errors.ts";
import { MAX_SEALED_BYTES } from "../../../protocol/limits.ts";
import { ServerHelloSchema } from "../../../protocol/wire/parley_pb.ts";
import { EDITS, edited, parsed, type Target } from "../target.ts";

const NOISE = "Noise_XXhfs_25519+MLKEM768_AESGCM_SHA256";
const CODES = ["bad-handshake", ...TRUST_CODES];

export function open(): Target {
  const kinds = [made, changed, sealed] as const;
  const { certificates, revocationList, staticKeySignature } = credentials;
  const hello = create(ServerHelloSchema, {
    certificates,
    revocationList,
    staticKeySignature,
    limits: LIMITS,
    software: "parley-server 1",
  });
  return {
    samples: [
      Buffer.concat([Buffer.of(0), Buffer.alloc(1300, 9)]),
      ...EDITS.map((edits) => Buffer.concat([Buffer.of(1), edits])),
      Buffer.concat([Buffer.of(2), toBinary(ServerHelloSchema, hello)]),
    ],
    maxBytes: 20_000,
    run(input) {
      kinds[(input[0] ?? 0) % kinds.length]?.(input.subarray(1));
    },
  };
}

function made(message: Uint8Array): void {
  const { client } = ends();
  client.start();
  assert.equal(
    parsed(CODES, () => client.answer(message)),
    undefined,
  );
}

function changed(edits: Uint8Array): void {
  const { client, server } = ends();
  const genuine = server.answer(client.start());
  const received = edited(genuine, edits);
  const answered = parsed(CODES, () => client.answer(received));
  assert.equal(answered !== undefined, Buffer.from(received).equals(genuine));
}

function sealed(payload: Uint8Array): void {
  const { client } = ends();
  const noise = new HandshakeState(NOISE, {
    initiator: false,
    prologue: Buffer.from("parley/1"),
    s: credentials.staticKey,
  });
  noise.readMessage(client.start());
  const server = parsed(CODES, () => client.answer(noise.writeMessage(payload)))?.server;
  if (server === undefined) return;
  assert.match(server.software, /^[ -~]{0,32}$/);
  assert.ok(server.limits.maxSealedBytes > 0 && server.limits.maxSealedBytes <= MAX_SEALED_BYTES);
  assert.ok(server.limits.keepAliveMs > 0);
}
