/** Cipher suites (RFC 9420 §5.1, §17.1): 1, 2 and 3 of the registry, and one with X-Wing under a number for private use. */
import { type Aead, aes128Gcm, aes256Gcm, chacha20Poly1305 } from "./aead.ts";
import { dhkemP256, dhkemX25519 } from "./dhkem.ts";
import { type Hpke, hpke } from "./hpke.ts";
import { hkdfSha256, hkdfSha512, type Kdf } from "./kdf.ts";
import type { Kem } from "./kem.ts";
import { ecdsaP256, ed25519, type Signature } from "./signature.ts";
import { xWing } from "./x-wing.ts";

export interface CipherSuite {
  /** CipherSuite, uint16 */
  readonly number: number;
  readonly hpke: Hpke;
  readonly aead: Aead;
  readonly kdf: Kdf;
  readonly signature: Signature;
}

export const MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519 = 0x0001;
const MLS_128_DHKEMP256_AES128GCM_SHA256_P256 = 0x0002;
const MLS_128_DHKEMX25519_CHACHA20POLY1305_SHA256_Ed25519 = 0x0003;
/** From the range for private use (0xF000 to 0xFFFF), since no registered suite has X-Wing. */
export const MLS_256_XWING_AES256GCM_SHA512_Ed25519 = 0xf5c1;

/**
 * Returns the suites by number for which this runtime has the cryptography.
 * @param xWingKem the X-Wing implementation of the last suite: by default the fastest that runs here
 */
export function cipherSuites(xWingKem: Kem = xWing): ReadonlyMap<number, CipherSuite> {
  const suites = [
    suite(MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519, dhkemX25519, hkdfSha256, aes128Gcm, ed25519),
    suite(MLS_128_DHKEMP256_AES128GCM_SHA256_P256, dhkemP256, hkdfSha256, aes128Gcm, ecdsaP256),
    suite(
      MLS_128_DHKEMX25519_CHACHA20POLY1305_SHA256_Ed25519,
      dhkemX25519,
      hkdfSha256,
      chacha20Poly1305,
      ed25519,
    ),
    suite(MLS_256_XWING_AES256GCM_SHA512_Ed25519, xWingKem, hkdfSha512, aes256Gcm, ed25519),
  ];
  return new Map(suites.flatMap((one) => (one === undefined ? [] : [[one.number, one] as const])));
}

function suite(
  number: number,
  kem: Kem,
  kdf: Kdf,
  aead: Aead | undefined,
  signature: Signature,
): CipherSuite | undefined {
  return aead && { number, hpke: hpke(kem, kdf, aead), aead, kdf, signature };
}
