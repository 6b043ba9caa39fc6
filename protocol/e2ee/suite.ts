/**
 * The cryptography that MLS runs on: hash, MAC, HKDF, AES-GCM and Ed25519 by node:crypto's synchronous calls, which
 * for messages of chat size cost a fraction of WebCrypto's asynchronous ones. Only calls that OpenSSL and BoringSSL
 * both have. HPKE (RFC 9180) is @hpke/core's, used once per conversation; X-Wing and its ML-KEM-768 are plain JavaScript.
 */
import {
  createCipheriv,
  createDecipheriv,
  createHash,
  type KeyObject,
  randomFillSync,
  sign,
  timingSafeEqual,
  verify,
} from "node:crypto";
import { Aes128Gcm, Aes256Gcm, CipherSuite, DhkemX25519HkdfSha256, HkdfSha256, HkdfSha512 } from "@hpke/core";
import { XWing } from "@hpke/hybridkem-x-wing";
import type { Aead } from "ts-mls/crypto/aead.js";
import {
  type Ciphersuite,
  type CiphersuiteImpl,
  type CiphersuiteName,
  getCiphersuiteFromName,
} from "ts-mls/crypto/ciphersuite.js";
import type { Hash } from "ts-mls/crypto/hash.js";
import { makeGenericHpke } from "ts-mls/crypto/implementation/hpke.js";
import type { Kdf } from "ts-mls/crypto/kdf.js";
import type { CryptoProvider } from "ts-mls/crypto/provider.js";
import type { Signature } from "ts-mls/crypto/signature.js";
import { privateKeyFromSeed, publicKeyFromBytes, SIGNATURE_BYTES } from "../identity/ed25519.ts";
import { Identity } from "../identity/identity.ts";
import { IDENTITY_KEY_BYTES } from "../limits.ts";
import { hmac } from "../node-crypto.ts";

/** Post-quantum hybrid: whoever records today's traffic cannot open it with tomorrow's machine. */
export const CIPHERSUITE = "MLS_256_XWING_AES256GCM_SHA512_Ed25519" satisfies CiphersuiteName;

type HashName = "sha256" | "sha512";

const TAG_BYTES = 16;

/** For CIPHERSUITE, and for RFC 9420's mandatory suite 1, whose published test vectors hold the code to the standard. */
export const nodeCryptoProvider: CryptoProvider = {
  async getCiphersuiteImpl(suite: Ciphersuite): Promise<CiphersuiteImpl> {
    switch (suite.name) {
      case "MLS_256_XWING_AES256GCM_SHA512_Ed25519":
        return implement(suite, "sha512", 64, aesGcm("aes-256-gcm"), {
          kem: new XWing(),
          kdf: new HkdfSha512(),
          aead: new Aes256Gcm(),
        });
      case "MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519":
        return implement(suite, "sha256", 32, aesGcm("aes-128-gcm"), {
          kem: new DhkemX25519HkdfSha256(),
          kdf: new HkdfSha256(),
          aead: new Aes128Gcm(),
        });
      default:
        throw new Error(`No implementation of ${suite.name}`);
    }
  },
};

let ours: Promise<CiphersuiteImpl> | undefined;

/** @returns CIPHERSUITE by node:crypto, made once. */
export function parleySuite(): Promise<CiphersuiteImpl> {
  ours ??= nodeCryptoProvider.getCiphersuiteImpl(getCiphersuiteFromName(CIPHERSUITE));
  return ours;
}

async function implement(
  suite: Ciphersuite,
  hash: HashName,
  hashBytes: number,
  aead: Aead,
  hpke: ConstructorParameters<typeof CipherSuite>[0],
): Promise<CiphersuiteImpl> {
  return {
    name: suite.name,
    hash: hashing(hash),
    kdf: hkdf(hash, hashBytes),
    signature: ed25519,
    hpke: await makeGenericHpke(suite.hpke, aead, new CipherSuite(hpke)),
    rng: { randomBytes: (length) => randomFillSync(new Uint8Array(length)) },
  };
}

function hashing(name: HashName): Hash {
  return {
    digest: async (data) => createHash(name).update(data).digest(),
    mac: async (key, data) => hmac(name, key, data),
    verifyMac: async (key, mac, data) => {
      const expected = hmac(name, key, data);
      return mac.length === expected.length && timingSafeEqual(mac, expected);
    },
  };
}

/** RFC 5869. node:crypto has extract and expand as one call only; MLS needs them apart. */
function hkdf(hash: HashName, hashBytes: number): Kdf {
  return {
    size: hashBytes,
    extract: async (salt, ikm) => hmac(hash, salt, ikm), // §2.2
    expand: async (prk, info, length) => {
      // §2.3: T(i) = HMAC(prk, T(i-1) | info | i)
      if (length > 255 * hashBytes) throw new RangeError("HKDF expands to at most 255 blocks");
      const okm = new Uint8Array(length);
      let block: Uint8Array = new Uint8Array();
      for (let offset = 0, i = 1; offset < length; offset += hashBytes, i++) {
        block = hmac(hash, prk, block, info, Uint8Array.of(i));
        okm.set(block.subarray(0, length - offset), offset);
      }
      return okm;
    },
  };
}

/** NIST SP 800-38D with a 16-byte tag behind the ciphertext, as RFC 5116 has it. */
function aesGcm(algorithm: "aes-128-gcm" | "aes-256-gcm"): Aead {
  return {
    encrypt: async (key, nonce, aad, plaintext) => {
      const cipher = createCipheriv(algorithm, key, nonce, { authTagLength: TAG_BYTES });
      cipher.setAAD(aad);
      const sealed = new Uint8Array(plaintext.length + TAG_BYTES);
      sealed.set(cipher.update(plaintext));
      cipher.final();
      sealed.set(cipher.getAuthTag(), plaintext.length);
      return sealed;
    },
    decrypt: async (key, nonce, aad, sealed) => {
      const end = sealed.length - TAG_BYTES;
      if (end < 0) throw new RangeError("Shorter than its tag");
      const decipher = createDecipheriv(algorithm, key, nonce, { authTagLength: TAG_BYTES });
      decipher.setAAD(aad);
      decipher.setAuthTag(sealed.subarray(end));
      const plaintext = decipher.update(sealed.subarray(0, end));
      decipher.final(); // throws where the tag is wrong, before anybody has seen the plaintext
      return new Uint8Array(plaintext.buffer, plaintext.byteOffset, plaintext.length);
    },
  };
}

/** Private keys are 32-byte seeds, as Identity exports them (RFC 8032 §5.1.5); public keys are 32 bytes. */
const ed25519: Signature = {
  sign: async (seed, message) => sign(null, message, privateKey(seed)),
  verify: async (publicKeyBytes, message, signature) => {
    if (signature.length !== SIGNATURE_BYTES || publicKeyBytes.length !== IDENTITY_KEY_BYTES) return false;
    try {
      return verify(null, message, publicKey(publicKeyBytes), signature);
    } catch {
      return false; // no point of the curve: some builds of the crypto library throw, others say no
    }
  },
  keygen: async () => {
    const identity = Identity.generate();
    return { signKey: identity.exportSeed(), publicKey: identity.publicKey };
  },
};

/**
 * Importing a key costs as much as using it, and a conversation signs and verifies with the same two arrays for life.
 * So the imported key lives as long as the array does; who holds an array of key bytes must not change it.
 */
const privateKeys = new WeakMap<Uint8Array, KeyObject>();
const publicKeys = new WeakMap<Uint8Array, KeyObject>();

function privateKey(seed: Uint8Array): KeyObject {
  const key = privateKeys.get(seed) ?? privateKeyFromSeed(seed);
  privateKeys.set(seed, key);
  return key;
}

function publicKey(bytes: Uint8Array): KeyObject {
  const key = publicKeys.get(bytes) ?? publicKeyFromBytes(bytes);
  publicKeys.set(bytes, key);
  return key;
}
