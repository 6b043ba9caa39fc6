import assert from "node:assert/strict";
import { inspect } from "node:util";
import { create, toBinary } from "@bufbuild/protobuf";
import { ParleyError, TrustError } from "../errors.ts";
import { Identity } from "../identity/identity.ts";
import { INVITE_TOKEN_BYTES, MAX_SEALED_BYTES } from "../limits.ts";
import { type ClientHello, ClientHelloSchema } from "../wire/parley_pb.ts";
import type { ClientHandshakeOptions, ServerCredentials } from "./handshake.ts";
import {
  alice,
  badHandshake,
  base64,
  credentials,
  ends,
  LIMITS,
  run,
  stored,
  wrongState,
} from "./handshake-fixture.ts";
import { HandshakeState } from "./noise.ts";
import { generateKeyPair } from "./x25519.ts";

type Hello = Pick<ClientHello, "name" | "identityKey" | "signature" | "inviteToken" | "software">;
const NOISE = "Noise_XXhfs_25519+MLKEM768_AESGCM_SHA256";
const PROLOGUE = Buffer.from("parley/1");

describe("ClientHandshake, before it sends its name,", () => {
  const cases: readonly [string, string, Partial<ClientHandshakeOptions>, Partial<ServerCredentials>][] = [
    ["another CA", "wrong-ca", { trust: { caFingerprint: new Uint8Array(32) } }, {}],
    ["an expired certificate", "certificate-expired", { now: new Date("2046-01-01T00:00:00Z") }, {}],
    ["a certificate for another name", "certificate-name", { host: "elsewhere.test" }, {}],
    [
      "a revoked certificate",
      "certificate-revoked",
      {},
      { revocationList: base64(stored.revocationListNamingTheServer) },
    ],
    [
      "a revocation list older than one seen",
      "revocation-list-invalid",
      { trust: { caFingerprint: base64(stored.caFingerprint), minimumCrlNumber: 2n } },
      { revocationList: base64(stored.olderRevocationList) },
    ],
    ["no revocation list", "revocation-list-invalid", {}, { revocationList: new Uint8Array(0) }],
    ["no certificate", "certificate-invalid", {}, { certificates: [] }],
    [
      "a static key that the certificate's key did not sign",
      "server-key-unproven",
      {},
      { staticKey: generateKeyPair() },
    ],
    ["a malformed signature", "server-key-unproven", {}, { staticKeySignature: new Uint8Array(384) }],
  ];
  for (const [what, code, client, server] of cases)
    it(`refuses ${what}: ${code}`, () => {
      const pair = ends(client, { credentials: { ...credentials, ...server } });
      const second = pair.server.answer(pair.client.start());
      assert.throws(
        () => pair.client.answer(second),
        (error: unknown) => error instanceof TrustError && error.code === code,
      );
      assert.throws(() => pair.client.answer(second), wrongState);
    });

  it("refuses limits out of range and a software name with unprintable characters", () => {
    for (const change of [
      { limits: { ...LIMITS, maxSealedBytes: 0 } },
      { limits: { ...LIMITS, keepAliveMs: 0 } },
      { limits: { ...LIMITS, keepAliveMs: 2 ** 31 } },
      { software: "two\nlines" },
      { software: "x".repeat(33) },
    ]) {
      const { client, server } = ends({}, change);
      const second = server.answer(client.start());
      assert.throws(() => client.answer(second), badHandshake);
    }
  });

  it("never allows larger frames than it can take itself", () => {
    const { client, server } = ends({}, { limits: { ...LIMITS, maxSealedBytes: 2 ** 32 - 1 } });
    assert.equal(run(client, server).answered.server.limits.maxSealedBytes, MAX_SEALED_BYTES);
  });

  it("refuses a payload that does not parse", () => {
    const server = new HandshakeState(NOISE, {
      initiator: false,
      prologue: PROLOGUE,
      s: credentials.staticKey,
    });
    const { client } = ends();
    server.readMessage(client.start());
    const second = server.writeMessage(Uint8Array.of(0xff));
    assert.throws(() => client.answer(second), badHandshake);
  });
});

describe("ServerHandshake", () => {
  it("refuses a payload in 1.0", () => {
    const client = new HandshakeState(NOISE, { initiator: true, prologue: PROLOGUE, s: generateKeyPair() });
    assert.throws(() => ends().server.answer(client.writeMessage(Uint8Array.of(1))), badHandshake);
  });

  it("refuses another prologue", () => {
    const client = new HandshakeState(NOISE, {
      initiator: true,
      prologue: Buffer.from("parley/2"),
      s: generateKeyPair(),
    });
    const second = ends().server.answer(client.writeMessage(new Uint8Array(0)));
    assert.throws(() => client.readMessage(second), badHandshake);
  });

  it("accepts a well-made 1.2", () => {
    assert.equal(signIn({}).client.name, "alice");
  });

  const malformed: readonly [string, Partial<Hello>][] = [
    ["no name", { name: "" }],
    ["a name with capitals", { name: "Alice" }],
    ["a name with a line feed", { name: "alice\n" }],
    ["a long name", { name: "a".repeat(33) }],
    ["a short key", { identityKey: alice.publicKey.subarray(1) }],
    ["no key", { identityKey: new Uint8Array(0) }],
    ["a short token", { inviteToken: new Uint8Array(INVITE_TOKEN_BYTES - 1) }],
    ["a software name unfit for logs", { software: "\u001b[2J" }],
  ];
  for (const [what, change] of malformed)
    it(`refuses ${what}`, () => assert.throws(() => signIn(change), badHandshake));

  const forged: readonly [string, Partial<Hello>][] = [
    ["another's identity key", { identityKey: Identity.generate().publicKey }],
    ["a key that is not a point on the curve", { identityKey: new Uint8Array(32).fill(0xff) }],
    ["a name other than the signed one", { name: "alicia" }],
    ["no signature", { signature: new Uint8Array(0) }],
    ["a signature over another handshake", { signature: sign(new Uint8Array(32)) }],
  ];
  for (const [what, change] of forged)
    it(`refuses ${what}: identity-mismatch`, () =>
      assert.throws(
        () => signIn(change),
        (error: unknown) => error instanceof TrustError && error.code === "identity-mismatch",
      ));

  it("names no secret in its errors", () => {
    const token = Buffer.from("a-secret-invite-toke");
    try {
      signIn({ inviteToken: token, signature: new Uint8Array(64) });
      assert.fail("accepted");
    } catch (error) {
      assert.ok(error instanceof ParleyError);
      assert.ok(!inspect(error).includes("secret") && !inspect(error).includes(token.toString("hex")));
    }
  });
});

/** Signs in as a client that follows Noise correctly and puts any content into 1.2. */
function signIn(change: Partial<Hello>) {
  const { server } = ends();
  const client = new HandshakeState(NOISE, { initiator: true, prologue: PROLOGUE, s: generateKeyPair() });
  client.readMessage(server.answer(client.writeMessage(new Uint8Array(0))));
  const third = client.writeMessage((hash) => {
    const hello = { name: "alice", identityKey: alice.publicKey, signature: sign(hash), software: "" };
    return toBinary(ClientHelloSchema, create(ClientHelloSchema, { ...hello, ...change }));
  });
  return server.finish(third);
}

function sign(hash: Uint8Array): Uint8Array {
  return alice.sign("parley/1 client", Buffer.concat([Buffer.from("alice\0"), hash]));
}
