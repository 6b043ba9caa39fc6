/** A person's Ed25519 identity key: signs in to the server, signs requests, and is the MLS signature key. */
import { createHash, generateKeyPairSync, type KeyObject, sign, verify } from "node:crypto";
import { inspect } from "node:util";
import { UsageError } from "../errors.ts";
import { IDENTITY_KEY_BYTES } from "../limits.ts";
import {
  privateKeyFromSeed,
  publicKeyBytesOf,
  publicKeyFromBytes,
  SEED_BYTES,
  SIGNATURE_BYTES,
  seedOf,
} from "./ed25519.ts";

/**
 * The purpose of a signature. Every signature of this protocol has one of these labels, so that none can be
 * used for another purpose.
 */
export type SignatureLabel = "parley/1 client" | "parley/1 request" | "parley/1 request key";

export class Identity {
  /** Ed25519 public key, 32 bytes. */
  readonly publicKey: Uint8Array;
  readonly #privateKey: KeyObject;

  private constructor(privateKey: KeyObject) {
    this.#privateKey = privateKey;
    this.publicKey = publicKeyBytesOf(privateKey);
  }

  static generate(): Identity {
    return new Identity(generateKeyPairSync("ed25519").privateKey);
  }

  /**
   * Makes the identity of a seed.
   * @param seed 32 bytes (the private key of RFC 8032 §5.1.5); copied.
   * @throws UsageError "bad-argument" for another length
   */
  static fromSeed(seed: Uint8Array): Identity {
    if (seed.length !== SEED_BYTES)
      throw new UsageError(
        "bad-argument",
        `An identity seed has ${SEED_BYTES} bytes, this one ${seed.length}`,
      );
    return new Identity(privateKeyFromSeed(seed));
  }

  /** Returns the 32-byte seed, to be stored in a keyring only. The caller wipes it. */
  exportSeed(): Uint8Array {
    return seedOf(this.#privateKey);
  }

  /** Signs label | 0x00 | content. @returns 64 bytes */
  sign(label: SignatureLabel, content: Uint8Array): Uint8Array {
    return new Uint8Array(sign(null, labelled(label, content), this.#privateKey));
  }

  /** Keeps secrets out of logs and error reports: only the public fingerprint is shown. */
  toJSON(): { readonly fingerprint: string } {
    return { fingerprint: fingerprint(this.publicKey) };
  }

  [inspect.custom](): string {
    return `Identity { ${fingerprint(this.publicKey)} }`;
  }
}

/**
 * Verifies a signature.
 * @returns false for a wrong key, a wrong signature or a wrong length; never throws for foreign bytes
 */
export function verifyIdentity(
  publicKey: Uint8Array,
  label: SignatureLabel,
  content: Uint8Array,
  signature: Uint8Array,
): boolean {
  if (publicKey.length !== IDENTITY_KEY_BYTES || signature.length !== SIGNATURE_BYTES) return false;
  try {
    return verify(null, labelled(label, content), publicKeyFromBytes(publicKey), signature);
  } catch {
    return false; // a key that is not a point of the curve, or of small order
  }
}

/**
 * Returns the first 16 bytes of the key's SHA-256 as 8 groups of 4 hexadecimal digits, to show one key to a
 * person.
 */
export function fingerprint(publicKey: Uint8Array): string {
  const digits = createHash("sha256").update(publicKey).digest("hex").slice(0, 32);
  return digits.match(/.{4}/g)?.join(" ") ?? "";
}

function labelled(label: SignatureLabel, content: Uint8Array): Uint8Array {
  return Buffer.concat([Buffer.from(label, "ascii"), Buffer.of(0), content]);
}
