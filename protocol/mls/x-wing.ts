/**
 * X-Wing (draft-connolly-cfrg-xwing-kem): ML-KEM-768 and X25519 as one KEM, secure as long as either is. As a
 * KEM of HPKE it follows draft-ietf-hpke-pq, whose DeriveKeyPair is SHAKE256's LabeledDerive. SHA-3 comes
 * from @noble/hashes, since BoringSSL has no SHAKE.
 */
import { sha3_256, shake256 } from "@noble/hashes/sha3.js";
import { ascii, concat, random, wipe } from "./bytes.ts";
import { VerificationError } from "./errors.ts";
import { type Kem, kemSuiteId, uint16 } from "./kem.ts";
import {
  isMlKemPublicKey,
  ML_KEM_CIPHERTEXT_BYTES,
  ML_KEM_PUBLIC_KEY_BYTES,
  ML_KEM_SEED_BYTES,
  type MlKem,
  nativeMlKem,
  portableMlKem,
} from "./ml-kem.ts";
import { isX25519PublicKey, newX25519KeyPair, X25519_BYTES, x25519, x25519KeyPair } from "./x25519.ts";

const ID = 0x647a;
/** A decapsulation key is a seed. */
const X_WING_SEED_BYTES = 32;
const X_WING_CIPHERTEXT_BYTES = ML_KEM_CIPHERTEXT_BYTES + X25519_BYTES;
const LABEL = Uint8Array.of(0x5c, 0x2e, 0x2f, 0x2f, 0x5e, 0x5c); // \.//^\

export const xWing: Kem = xWingOn(nativeMlKem ?? portableMlKem);

export function xWingOn(mlKem: MlKem): Kem {
  return {
    id: ID,
    generateKeyPair: () => keyPairOf(mlKem, random(X_WING_SEED_BYTES)),
    deriveKeyPair(ikm) {
      const input = labeledDerive(ikm, "DeriveKeyPair", X_WING_SEED_BYTES);
      const seed = shake256(input, { dkLen: X_WING_SEED_BYTES });
      wipe(input);
      return keyPairOf(mlKem, seed);
    },
    isPublicKey: (bytes) =>
      bytes.length === ML_KEM_PUBLIC_KEY_BYTES + X25519_BYTES &&
      isMlKemPublicKey(bytes.subarray(0, ML_KEM_PUBLIC_KEY_BYTES)) &&
      isX25519PublicKey(bytes.subarray(ML_KEM_PUBLIC_KEY_BYTES)),
    encapsulate(publicKey) {
      const theirs = publicKey.slice(ML_KEM_PUBLIC_KEY_BYTES);
      const m = mlKem.encapsulate(publicKey.slice(0, ML_KEM_PUBLIC_KEY_BYTES));
      const ephemeral = newX25519KeyPair();
      const dh = x25519(ephemeral.privateKey, theirs);
      const sharedSecret = combine(m.sharedSecret, dh, ephemeral.publicKey, theirs);
      wipe(ephemeral.privateKey);
      return { kemOutput: concat(m.kemOutput, ephemeral.publicKey), sharedSecret };
    },
    decapsulate(privateKey, kemOutput) {
      const theirs = kemOutput.slice(ML_KEM_CIPHERTEXT_BYTES);
      if (kemOutput.length !== X_WING_CIPHERTEXT_BYTES || !isX25519PublicKey(theirs))
        throw new VerificationError("draft-connolly-cfrg-xwing-kem §5.5", "No X-Wing ciphertext");
      const { seedM, ours } = expand(privateKey);
      const m = mlKem.decapsulate(seedM, kemOutput.slice(0, ML_KEM_CIPHERTEXT_BYTES));
      const dh = x25519(ours.privateKey, theirs);
      wipe(seedM, ours.privateKey);
      return combine(m, dh, theirs, ours.publicKey);
    },
  };
}

function keyPairOf(mlKem: MlKem, seed: Uint8Array) {
  const { seedM, ours } = expand(seed);
  const publicKey = concat(mlKem.publicKey(seedM), ours.publicKey);
  wipe(seedM, ours.privateKey);
  return { publicKey, privateKey: seed };
}

/** expandDecapsulationKey */
function expand(seed: Uint8Array) {
  const expanded = shake256(seed, { dkLen: ML_KEM_SEED_BYTES + X25519_BYTES });
  const seedM = expanded.slice(0, ML_KEM_SEED_BYTES);
  const ours = x25519KeyPair(expanded.slice(ML_KEM_SEED_BYTES));
  wipe(expanded);
  return { seedM, ours };
}

/** Combiner. Overwrites the two secrets. */
function combine(m: Uint8Array, dh: Uint8Array, ciphertextX: Uint8Array, publicKeyX: Uint8Array): Uint8Array {
  const input = concat(m, dh, ciphertextX, publicKeyX, LABEL);
  const secret = sha3_256(input);
  wipe(input, m, dh);
  return secret;
}

/**
 * Builds the input of LabeledDerive with an empty context: ikm | "HPKE-v1" | suite_id | lengthPrefixed(label)
 * | I2OSP(L, 2).
 */
function labeledDerive(ikm: Uint8Array, label: string, length: number): Uint8Array {
  const suiteId = kemSuiteId(ID);
  return concat(ikm, ascii("HPKE-v1"), suiteId, uint16(label.length), ascii(label), uint16(length));
}
