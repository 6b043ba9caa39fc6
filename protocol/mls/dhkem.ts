/** DHKEM (RFC 9180 §4.1) with HKDF-SHA256, over X25519 and over P-256. */
import { createECDH, ECDH } from "node:crypto";
import { concat, EMPTY, wipe } from "./bytes.ts";
import { ValidationError, VerificationError } from "./errors.ts";
import { type Kem, type KeyPair, kemSuiteId, labeled } from "./kem.ts";
import { isX25519PublicKey, newX25519KeyPair, X25519_BYTES, x25519, x25519KeyPair } from "./x25519.ts";

interface Group {
  readonly id: number;
  generate(): KeyPair;
  derive(suite: ReturnType<typeof labeled>, prk: Uint8Array): KeyPair;
  publicKey(privateKey: Uint8Array): Uint8Array;
  isPublicKey(bytes: Uint8Array): boolean;
  dh(privateKey: Uint8Array, publicKey: Uint8Array): Uint8Array;
}

const SECRET_BYTES = 32; // Nsecret

export const dhkemX25519 = dhkem({
  id: 0x0020,
  generate: newX25519KeyPair,
  derive: (suite, prk) => x25519KeyPair(suite.expand(prk, "sk", EMPTY, X25519_BYTES)),
  publicKey: (privateKey) => x25519KeyPair(privateKey).publicKey,
  isPublicKey: isX25519PublicKey,
  dh: x25519,
});

export const dhkemP256 = dhkem({
  id: 0x0010,
  generate() {
    const ecdh = createECDH("prime256v1");
    ecdh.generateKeys();
    return pairOf(ecdh);
  },
  derive(suite, prk) {
    // §7.1.3: tries candidates until one is a scalar of the curve; the mask has all bits set for P-256.
    for (let counter = 0; counter < 256; counter++) {
      const candidate = suite.expand(prk, "candidate", Uint8Array.of(counter), 32);
      const ecdh = p256(candidate);
      if (ecdh !== undefined) return pairOf(ecdh);
    }
    throw new Error("No P-256 scalar among 256 candidates");
  },
  publicKey: (privateKey) => new Uint8Array(required(p256(privateKey)).getPublicKey()),
  isPublicKey(bytes) {
    if (bytes.length !== 65 || bytes[0] !== 4) return false;
    try {
      ECDH.convertKey(bytes, "prime256v1", undefined, undefined, "compressed");
      return true;
    } catch {
      return false;
    }
  },
  dh: (privateKey, publicKey) => new Uint8Array(required(p256(privateKey)).computeSecret(publicKey)),
});

function p256(scalar: Uint8Array) {
  const ecdh = createECDH("prime256v1");
  try {
    ecdh.setPrivateKey(scalar);
    return ecdh;
  } catch {
    return undefined;
  }
}

function required<T>(value: T | undefined): T {
  if (value === undefined) throw new ValidationError("RFC 9180 §7.1", "No scalar of P-256");
  return value;
}

function pairOf(ecdh: ECDH): KeyPair {
  const privateKey = new Uint8Array(32);
  const scalar = ecdh.getPrivateKey(); // shorter where it begins with zeros
  privateKey.set(scalar, 32 - scalar.length);
  return { privateKey, publicKey: new Uint8Array(ecdh.getPublicKey()) };
}

function dhkem(group: Group): Kem {
  const suite = labeled(kemSuiteId(group.id));
  /** ExtractAndExpand */
  function sharedSecret(dh: Uint8Array, kemContext: Uint8Array): Uint8Array {
    const prk = suite.extract(EMPTY, "eae_prk", dh);
    const secret = suite.expand(prk, "shared_secret", kemContext, SECRET_BYTES);
    wipe(dh, prk);
    return secret;
  }
  return {
    id: group.id,
    generateKeyPair: group.generate,
    deriveKeyPair(ikm) {
      const prk = suite.extract(EMPTY, "dkp_prk", ikm);
      const pair = group.derive(suite, prk);
      wipe(prk);
      return pair;
    },
    isPublicKey: group.isPublicKey,
    encapsulate(publicKey) {
      const ephemeral = group.generate();
      const kemOutput = ephemeral.publicKey;
      const dh = group.dh(ephemeral.privateKey, publicKey);
      wipe(ephemeral.privateKey);
      return { kemOutput, sharedSecret: sharedSecret(dh, concat(kemOutput, publicKey)) };
    },
    decapsulate(privateKey, kemOutput) {
      if (!group.isPublicKey(kemOutput))
        throw new VerificationError("RFC 9180 §7.1.4", "A KEM output is no public key");
      const dh = group.dh(privateKey, kemOutput);
      return sharedSecret(dh, concat(kemOutput, group.publicKey(privateKey)));
    },
  };
}
