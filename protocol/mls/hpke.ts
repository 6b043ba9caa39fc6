/**
 * HPKE in base mode (RFC 9180 §5, §6.1): one message per context, which is all that MLS uses, and the export
 * interface (§5.3).
 */
import type { Aead } from "./aead.ts";
import { ascii, concat, EMPTY, wipe } from "./bytes.ts";
import type { Kdf } from "./kdf.ts";
import { type Kem, labeled, uint16 } from "./kem.ts";

export interface HpkeCiphertext {
  readonly kemOutput: Uint8Array;
  readonly ciphertext: Uint8Array;
}

export interface Hpke {
  readonly kem: Kem;
  /** SealBase; MLS has no aad. */
  seal(publicKey: Uint8Array, info: Uint8Array, plaintext: Uint8Array, aad?: Uint8Array): HpkeCiphertext;
  /** OpenBase. @throws VerificationError */
  open(privateKey: Uint8Array, info: Uint8Array, sealed: HpkeCiphertext, aad?: Uint8Array): Uint8Array;
  /** SendExportBase with an empty info. */
  sendExport(
    publicKey: Uint8Array,
    context: string,
    length: number,
  ): { readonly kemOutput: Uint8Array; readonly secret: Uint8Array };
  /** ReceiveExportBase with an empty info. @throws VerificationError */
  receiveExport(privateKey: Uint8Array, kemOutput: Uint8Array, context: string, length: number): Uint8Array;
  /**
   * KeySchedule (§5.1).
   * @returns the parts of a context; owned by the caller.
   * @param sharedSecret overwritten
   */
  keySchedule(sharedSecret: Uint8Array, info: Uint8Array): Context;
}

interface Context {
  readonly key: Uint8Array;
  readonly baseNonce: Uint8Array;
  readonly exporterSecret: Uint8Array;
}

const MODE_BASE = Uint8Array.of(0);

export function hpke(kem: Kem, kdf: Kdf, aead: Aead): Hpke {
  const suite = labeled(concat(ascii("HPKE"), uint16(kem.id), uint16(kdf.id), uint16(aead.id)), kdf);
  const pskIdHash = suite.extract(EMPTY, "psk_id_hash", EMPTY);

  function keySchedule(sharedSecret: Uint8Array, info: Uint8Array): Context {
    const context = concat(MODE_BASE, pskIdHash, suite.extract(EMPTY, "info_hash", info));
    const secret = suite.extract(sharedSecret, "secret", EMPTY);
    const result = {
      key: suite.expand(secret, "key", context, aead.keyBytes),
      baseNonce: suite.expand(secret, "base_nonce", context, aead.nonceBytes),
      exporterSecret: suite.expand(secret, "exp", context, kdf.bytes),
    };
    wipe(secret, sharedSecret);
    return result;
  }
  function exported(sharedSecret: Uint8Array, context: string, length: number): Uint8Array {
    const { key, baseNonce, exporterSecret } = keySchedule(sharedSecret, EMPTY);
    const secret = suite.expand(exporterSecret, "sec", ascii(context), length);
    wipe(key, baseNonce, exporterSecret);
    return secret;
  }

  return {
    kem,
    keySchedule,
    seal(publicKey, info, plaintext, aad = EMPTY) {
      const { kemOutput, sharedSecret } = kem.encapsulate(publicKey);
      const { key, baseNonce, exporterSecret } = keySchedule(sharedSecret, info);
      const ciphertext = aead.seal(key, baseNonce, aad, plaintext);
      wipe(key, baseNonce, exporterSecret);
      return { kemOutput, ciphertext };
    },
    open(privateKey, info, { kemOutput, ciphertext }, aad = EMPTY) {
      const sharedSecret = kem.decapsulate(privateKey, kemOutput);
      const { key, baseNonce, exporterSecret } = keySchedule(sharedSecret, info);
      try {
        return aead.open(key, baseNonce, aad, ciphertext);
      } finally {
        wipe(key, baseNonce, exporterSecret);
      }
    },
    sendExport(publicKey, context, length) {
      const { kemOutput, sharedSecret } = kem.encapsulate(publicKey);
      return { kemOutput, secret: exported(sharedSecret, context, length) };
    },
    receiveExport: (privateKey, kemOutput, context, length) =>
      exported(kem.decapsulate(privateKey, kemOutput), context, length),
  };
}
