/**
 * The one cipher suite of Parley: X-Wing, AES-256-GCM, SHA-512, Ed25519. A future quantum computer cannot
 * decrypt traffic recorded today.
 */
import { type CipherSuite, cipherSuites, MLS_256_XWING_AES256GCM_SHA512_Ed25519 } from "../mls/suite.ts";

export const CIPHERSUITE = MLS_256_XWING_AES256GCM_SHA512_Ed25519;

const suites = cipherSuites();

/** Returns CIPHERSUITE, made once. */
export function parleySuite(): CipherSuite {
  const suite = suites.get(CIPHERSUITE);
  if (suite === undefined) throw new Error("The MLS core lacks our suite");
  return suite;
}
