import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { inspect } from "node:util";
import fc from "fast-check";
import { ProtocolError, UsageError } from "../errors.ts";
import { HandshakeState, type Transport } from "./noise.ts";
import { PATTERN_NAMES, type Pattern, patternOf } from "./patterns.ts";
import { generateKeyPair, type KeyPair } from "./x25519.ts";

const EMPTY = new Uint8Array(0);
const PLAIN = PATTERN_NAMES.map((name) => `Noise_${name}_25519_AESGCM_SHA256`);
const HYBRID = PATTERN_NAMES.filter((name) => name.length === 2).map(
  (name) => `Noise_${name}hfs_25519+MLKEM768_AESGCM_SHA256`,
);

describe("HandshakeState", () => {
  for (const name of [...PLAIN, ...HYBRID])
    it(`${name}: both roles agree, with a payload in every message`, () => {
      fc.assert(
        fc.property(
          fc.array(fc.uint8Array({ maxLength: 300 }), { minLength: 8, maxLength: 8 }),
          (payloads) => {
            const { initiator, responder, messages } = pair(name);
            messages.forEach((_, index) => {
              const [writer, reader] = index % 2 === 0 ? [initiator, responder] : [responder, initiator];
              const payload = payloads[index] ?? EMPTY;
              assert.deepEqual(hex(reader.readMessage(writer.writeMessage(payload))), hex(payload));
            });
            assert.ok(initiator.finished && responder.finished);
            assert.deepEqual(initiator.handshakeHash, responder.handshakeHash);
            assert.deepEqual(initiator.payloadHash, responder.payloadHash);
            assertTransport(initiator.split(), responder.split(), messages.length === 1, payloads);
          },
        ),
        { numRuns: name.includes("hfs") ? 3 : 8 },
      );
    });

  for (const name of [...PLAIN, ...HYBRID])
    it(`${name}: detects any changed byte by the next message or the first record`, () => {
      const { messages } = pair(name);
      messages.forEach((_, target) => {
        for (const part of [0, 0.2, 0.5, 0.8, 1]) {
          const { initiator, responder } = pair(name);
          assert.ok(!survives(initiator, responder, target, part), `message ${target}, at ${part}`);
        }
      });
    });

  it("fails when the two sides have different prologues", () => {
    const { initiator, responder } = pair("Noise_NK_25519_AESGCM_SHA256", {
      initiator: "parley/1",
      responder: "parley/2",
    });
    assert.throws(() => responder.readMessage(initiator.writeMessage(EMPTY)), badHandshake);
  });

  it("refuses a message cut anywhere, and everything afterwards", () => {
    for (const name of ["Noise_XX_25519_AESGCM_SHA256", "Noise_IK_25519_AESGCM_SHA256"]) {
      const whole = pair(name).initiator.writeMessage(EMPTY);
      // An unencrypted payload has no fixed length: a cut in it shows only where it is encrypted.
      for (let length = 0; length < 32; length += 1) {
        const { responder } = pair(name);
        assert.throws(() => responder.readMessage(whole.subarray(0, length)), badHandshake);
        assert.throws(() => responder.readMessage(whole), wrongState);
        assert.ok(!responder.finished && !responder.myTurn);
      }
    }
  });

  it("refuses messages longer than Noise allows", () => {
    const { initiator, responder } = pair("Noise_NN_25519_AESGCM_SHA256");
    assert.throws(() => responder.readMessage(new Uint8Array(65_536)), badHandshake);
    assert.throws(() => initiator.writeMessage(new Uint8Array(65_536 - 32)), { code: "too-large" });
  });

  it("refuses ephemeral keys of small order", () => {
    const one = Uint8Array.of(1, ...new Uint8Array(31));
    for (const point of [new Uint8Array(32), one]) {
      const { initiator, responder } = pair("Noise_NN_25519_AESGCM_SHA256");
      initiator.writeMessage(EMPTY);
      assert.throws(() => initiator.readMessage(Buffer.concat([point, new Uint8Array(16)])), badHandshake);
      responder.readMessage(point);
      assert.throws(() => responder.writeMessage(EMPTY), badHandshake);
      assert.throws(() => responder.writeMessage(EMPTY), wrongState);
    }
  });

  it("refuses an invalid ML-KEM key", () => {
    const { responder } = pair("Noise_XXhfs_25519+MLKEM768_AESGCM_SHA256");
    responder.readMessage(Buffer.concat([generateKeyPair().publicKey, Buffer.alloc(1184, 0xff)]));
    assert.throws(() => responder.writeMessage(EMPTY), badHandshake);
  });

  it("refuses its own message when it is reflected", () => {
    const { initiator } = pair("Noise_NN_25519_AESGCM_SHA256");
    const message = initiator.writeMessage(EMPTY);
    assert.throws(() => initiator.readMessage(message), badHandshake);
  });

  it("refuses a static key other than the one known in advance", () => {
    const initiator = new HandshakeState("Noise_NK_25519_AESGCM_SHA256", {
      initiator: true,
      rs: generateKeyPair().publicKey,
    });
    const responder = new HandshakeState("Noise_NK_25519_AESGCM_SHA256", {
      initiator: false,
      s: generateKeyPair(),
    });
    assert.throws(() => responder.readMessage(initiator.writeMessage(EMPTY)), badHandshake);
  });

  it("keeps its state when it is called out of turn", () => {
    const { initiator, responder } = pair("Noise_XX_25519_AESGCM_SHA256");
    assert.throws(() => responder.writeMessage(EMPTY), wrongState);
    assert.throws(() => initiator.readMessage(EMPTY), wrongState);
    assert.throws(() => initiator.split(), wrongState);
    assert.throws(() => initiator.handshakeHash, wrongState);
    responder.readMessage(initiator.writeMessage(EMPTY));
    initiator.readMessage(responder.writeMessage(EMPTY));
    responder.readMessage(initiator.writeMessage(EMPTY));
    assert.throws(() => initiator.writeMessage(EMPTY), wrongState);
    assert.throws(() => initiator.readMessage(EMPTY), wrongState);
    initiator.split();
    assert.throws(() => initiator.split(), wrongState);
  });

  it("gives the writer and the reader of a payload the hash under which it is sealed", () => {
    const { initiator, responder } = pair("Noise_XX_25519_AESGCM_SHA256");
    responder.readMessage(initiator.writeMessage(EMPTY));
    initiator.readMessage(responder.writeMessage(EMPTY));
    const before = initiator.payloadHash;
    const payload = responder.readMessage(initiator.writeMessage((hash) => hash));
    assert.deepEqual(Uint8Array.from(payload), responder.payloadHash);
    assert.notDeepEqual(Uint8Array.from(payload), before);
    assert.notDeepEqual(Uint8Array.from(payload), responder.handshakeHash);
  });

  it("uses a fresh ephemeral each time", () => {
    const [one, two] = [pair("Noise_NN_25519_AESGCM_SHA256"), pair("Noise_NN_25519_AESGCM_SHA256")];
    assert.notDeepEqual(one.initiator.writeMessage(EMPTY), two.initiator.writeMessage(EMPTY));
  });

  it("refuses missing, superfluous and malformed keys at construction", () => {
    const key = generateKeyPair();
    const make = (name: string, options: object) => () =>
      new HandshakeState(name, { initiator: true, ...options });
    const XX = "Noise_XX_25519_AESGCM_SHA256";
    assert.throws(make(XX, {}), badArgument);
    assert.throws(make(XX, { s: key, rs: key.publicKey }), badArgument);
    assert.throws(make(XX, { s: randomBytes(31) }), badArgument);
    assert.throws(make("Noise_IK_25519_AESGCM_SHA256", { s: key }), badArgument);
    assert.throws(make("Noise_IK_25519_AESGCM_SHA256", { s: key, rs: randomBytes(33) }), badArgument);
  });

  it("shows no secret when printed or serialised", () => {
    const secret = Buffer.alloc(32, 0x5a);
    const { initiator } = pair("Noise_XXhfs_25519+MLKEM768_AESGCM_SHA256");
    const state = new HandshakeState("Noise_NN_25519_AESGCM_SHA256", {
      initiator: true,
      dangerousTestOnlyEphemeral: secret,
    });
    for (const value of [state, initiator]) {
      value.writeMessage(EMPTY);
      assert.equal(JSON.stringify(value), "{}");
      assert.equal(inspect(value, { depth: null }), "HandshakeState {}");
    }
  });
});

interface Pair {
  readonly initiator: HandshakeState;
  readonly responder: HandshakeState;
  readonly messages: Pattern["messages"];
}

/** Two ends of `name`, each given exactly the keys its pattern asks for. */
function pair(name: string, prologues = { initiator: "test", responder: "test" }): Pair {
  const { preMessages, messages } = patternOf(name);
  const [ours, theirs] = [generateKeyPair(), generateKeyPair()];
  const make = (initiator: boolean, s: KeyPair, rs: KeyPair) => {
    const known = initiator ? preMessages.responder : preMessages.initiator;
    const prologue = Buffer.from(initiator ? prologues.initiator : prologues.responder);
    return new HandshakeState(name, {
      initiator,
      prologue,
      s,
      ...(known.length > 0 ? { rs: rs.publicKey } : {}),
    });
  };
  return { initiator: make(true, ours, theirs), responder: make(false, theirs, ours), messages };
}

/** Runs a handshake with one byte of message `target` flipped, `part` of the way in, then one record each way. */
function survives(
  initiator: HandshakeState,
  responder: HandshakeState,
  target: number,
  part: number,
): boolean {
  try {
    for (let index = 0; !(initiator.finished && responder.finished); index += 1) {
      const [writer, reader] = index % 2 === 0 ? [initiator, responder] : [responder, initiator];
      const message = writer.writeMessage(Buffer.from("payload"));
      if (index === target) {
        const at = Math.floor((message.length - 1) * part);
        // 0x01, since X25519 ignores the top bit of a public key (h does not).
        message[at] = (message[at] ?? 0) ^ 0x01;
      }
      reader.readMessage(message);
    }
    const [one, two] = [initiator.split(), responder.split()];
    two.receive.decryptWithAd(EMPTY, one.send.encryptWithAd(EMPTY, Buffer.from("record")));
    return true;
  } catch (error) {
    assert.ok(error instanceof ProtocolError, String(error));
    return false;
  }
}

function assertTransport(
  one: Transport,
  two: Transport,
  oneWay: boolean,
  payloads: readonly Uint8Array[],
): void {
  const ad = Buffer.from("associated");
  for (const payload of payloads) {
    assert.deepEqual(hex(two.receive.decryptWithAd(ad, one.send.encryptWithAd(ad, payload))), hex(payload));
    if (oneWay) {
      assert.throws(() => two.send.encryptWithAd(ad, payload), wrongState);
      assert.throws(() => one.receive.decryptWithAd(ad, payload), wrongState);
    } else
      assert.deepEqual(hex(one.receive.decryptWithAd(ad, two.send.encryptWithAd(ad, payload))), hex(payload));
  }
}

function hex(value: Uint8Array): string {
  return Buffer.from(value).toString("hex");
}
function badHandshake(error: unknown): boolean {
  return error instanceof ProtocolError && error.code === "bad-handshake";
}
function wrongState(error: unknown): boolean {
  return error instanceof UsageError && error.code === "wrong-state";
}
function badArgument(error: unknown): boolean {
  return error instanceof UsageError && error.code === "bad-argument";
}
