/** Messages 1.0 and 1.2 at a server: changed on the way, forged, and correctly sealed with garbage inside. */
import assert from "node:assert/strict";
import { create, toBinary } from "@bufbuild/protobuf";
import { ends } from "../../../protocol/channel/handshake-fixture.ts";
import { HandshakeState } from "../../../protocol/channel/noise.ts";
import { generateKeyPair } from "../../../protocol/channel/x25519.ts";
import { Identity } from "../../../protocol/identity/identity.ts";
import { parseUsername } from "../../../protocol/names.ts";
import { ClientHelloSchema } from "../../../protocol/wire/parley_pb.ts";
import { EDITS, edited, parsed, type Target } from "../target.ts";

const NOISE = "Noise_XXhfs_25519+MLKEM768_AESGCM_SHA256";
const CODES = ["bad-handshake", "identity-mismatch"];
const identity = Identity.generate();

export function open(): Target {
  const kinds = [made, changedFirst, changedLast, sealed] as const;
  const first = new HandshakeState(NOISE, stranger()).writeMessage(new Uint8Array());
  const hello = (more: object) =>
    toBinary(ClientHelloSchema, { ...helloOf("alice", new Uint8Array(64)), ...more });
  return {
    samples: [
      Buffer.concat([Buffer.of(0), first]),
      ...[1, 2].flatMap((kind) => EDITS.map((edits) => Buffer.concat([Buffer.of(kind), edits]))),
      Buffer.concat([Buffer.of(3, 1), hello({})]),
      Buffer.concat([Buffer.of(3, 0), hello({ inviteToken: new Uint8Array(20) })]),
    ],
    run(input) {
      kinds[(input[0] ?? 0) % kinds.length]?.(input.subarray(1));
    },
  };
}

function made(message: Uint8Array): void {
  const { server } = ends();
  parsed(CODES, () => server.answer(message));
}

function changedFirst(edits: Uint8Array): void {
  const { client, server } = ends();
  const genuine = client.start();
  const received = edited(genuine, edits);
  const answer = parsed(CODES, () => server.answer(received));
  if (!Buffer.from(received).equals(genuine)) {
    // Bytes that no client made may still be a valid key; then the client cannot read the answer.
    if (answer !== undefined) assert.throws(() => client.answer(answer), { code: "bad-handshake" });
  } else assert.ok(answer);
}

function changedLast(edits: Uint8Array): void {
  const { client, server } = ends();
  const { message } = client.answer(server.answer(client.start()));
  const received = edited(message, edits);
  const finished = parsed(CODES, () => server.finish(received));
  assert.equal(finished !== undefined, Buffer.from(received).equals(message));
}

/** Input: u8 whether to add the right signature | ClientHello. */
function sealed(input: Uint8Array): void {
  const { server } = ends();
  const noise = new HandshakeState(NOISE, stranger());
  noise.readMessage(server.answer(noise.writeMessage(new Uint8Array())));
  const sign = (input[0] ?? 0) % 2 === 1;
  const payload = input.subarray(1);
  const message = noise.writeMessage((hash) =>
    sign
      ? Buffer.concat([
          payload,
          toBinary(
            ClientHelloSchema,
            helloOf("alice", identity.sign("parley/1 client", Buffer.concat([Buffer.from("alice\0"), hash]))),
          ),
        ])
      : payload,
  );
  const client = parsed(CODES, () => server.finish(message))?.client;
  if (client === undefined) return;
  assert.ok(sign, "nobody signed");
  assert.ok(parseUsername(client.name));
  assert.deepEqual(Buffer.from(client.identityKey), Buffer.from(identity.publicKey));
  assert.match(client.software, /^[ -~]{0,32}$/);
  assert.ok(client.inviteToken === undefined || client.inviteToken.length === 20);
}

function stranger() {
  return { initiator: true, prologue: Buffer.from("parley/1"), s: generateKeyPair() };
}

function helloOf(name: string, signature: Uint8Array) {
  return create(ClientHelloSchema, { name, identityKey: identity.publicKey, signature, software: "fuzz" });
}
