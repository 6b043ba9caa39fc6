/**
 * Certificate chain and revocation list: changed on the way, and signed by the team's CA itself with invalid
 * parts. Only bytes exactly as the CA signed them may pass.
 */
import assert from "node:assert/strict";
import { createHash, generateKeyPairSync, type KeyObject, sign, X509Certificate } from "node:crypto";
import { TRUST_CODES } from "../../../protocol/errors.ts";
import { verifyServerChain } from "../../../protocol/identity/certificate.ts";
import {
  caCertificate,
  type Keys,
  NOW,
  revocationList,
  sequence,
  serverCertificate,
} from "../../../protocol/identity/chain-fixture.ts";
import { type Der, readDer } from "../../../protocol/identity/der.ts";
import { asn1, encodeDer, forgeCertificate } from "../../../protocol/identity/forge.ts";
import { parsed, type Target } from "../target.ts";

const RSA = { modulusLength: 3072 };

export function open(): Target {
  const ca: Keys = generateKeyPairSync("rsa", RSA);
  const server: Keys = generateKeyPairSync("rsa", RSA);
  const genuine = {
    ca: caCertificate(ca),
    server: serverCertificate(server, ca.privateKey),
    list: revocationList(ca.privateKey, { revoked: [3n, 4n] }),
  };
  const judge = (chain: Partial<typeof genuine>) => {
    const { ca, server, list } = { ...genuine, ...chain };
    const trust = { caFingerprint: createHash("sha256").update(ca).digest(), minimumCrlNumber: 7n };
    const host = "chat.example.org";
    const given = { certificates: [server, ca], revocationList: list };
    return parsed(TRUST_CODES, () => verifyServerChain(given, trust, host, NOW));
  };
  const signed = (content: Uint8Array, like: Uint8Array) => resigned(content, like, ca.privateKey);
  const kinds: readonly ((bytes: Uint8Array) => void)[] = [
    // As sent on the wire.
    (bytes) => assert.equal(judge({ server: bytes }) !== undefined, same(bytes, genuine.server)),
    (bytes) => assert.equal(judge({ list: bytes }) !== undefined, same(bytes, genuine.list)),
    // Pinned by its fingerprint: another CA that signed the same is the user's own choice.
    (bytes) => void judge({ ca: bytes }),
    // Signed by the CA.
    (content) => {
      const der = signed(content, genuine.server);
      if (judge({ server: der }) !== undefined) requireOneReading(der);
    },
    (content) => {
      const verified = judge({ list: signed(content, genuine.list) });
      if (verified !== undefined) assert.ok(verified.crlNumber >= 7n);
    },
  ];
  const whole = [
    genuine.server,
    genuine.list,
    genuine.ca,
    contentOf(genuine.server),
    contentOf(genuine.list),
  ];
  return {
    samples: whole.map((bytes, kind) => Buffer.concat([Buffer.of(kind), bytes])),
    maxBytes: 6000,
    run(input) {
      kinds[(input[0] ?? 0) % kinds.length]?.(input.slice(1));
    },
  };
}

function same(one: Uint8Array, other: Uint8Array): boolean {
  return Buffer.from(one).equals(other);
}

/** Checks accepted certificates against a lenient reader: their serial number, and their extensions encoded again. */
function requireOneReading(der: Uint8Array): void {
  assert.match(new X509Certificate(der).serialNumber, /^[0-9A-F]{1,40}$/);
  for (const { value } of forgeCertificate(der).extensions as { value: string }[]) {
    const lenient = asn1.fromDer(value, { strict: false, decodeBitStrings: false, maxDepth: 24 });
    assert.equal(encodeDer(lenient).toString("latin1"), value);
  }
}

function partsOf(der: Uint8Array): readonly Der[] {
  return readDer(der).children;
}

function contentOf(der: Uint8Array): Uint8Array {
  return partsOf(der)[0]?.bytes ?? new Uint8Array();
}

/** Returns `content` with the algorithm of `like`, signed again. */
function resigned(content: Uint8Array, like: Uint8Array, key: KeyObject): Uint8Array {
  const algorithm = partsOf(like)[1]?.bytes ?? new Uint8Array();
  const signature = sign("sha256", content, key);
  const bits = Buffer.concat([Buffer.from([0x03, 0x82, 0x01, 0x81, 0x00]), signature]);
  return sequence(content, algorithm, bits);
}
