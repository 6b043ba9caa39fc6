/**
 * External initialisation (RFC 9420 §8.3): an init_secret from outside, encapsulated to the group's external
 * key.
 */
import { wipe } from "./bytes.ts";
import { externalKeyPair } from "./key-schedule.ts";
import type { CipherSuite } from "./suite.ts";

const CONTEXT = "MLS 1.0 external init secret";

/**
 * Makes the init_secret on the joiner's side.
 * @param externalPublicKey of the GroupInfo
 */
export function newInitSecret(suite: CipherSuite, externalPublicKey: Uint8Array) {
  const { kemOutput, secret } = suite.hpke.sendExport(externalPublicKey, CONTEXT, suite.kdf.bytes);
  return { kemOutput, initSecret: secret };
}

/**
 * Recovers the init_secret on the members' side.
 * @throws VerificationError
 */
export function initSecretFrom(
  suite: CipherSuite,
  externalSecret: Uint8Array,
  kemOutput: Uint8Array,
): Uint8Array {
  const { privateKey } = externalKeyPair(suite, externalSecret);
  const secret = suite.hpke.receiveExport(privateKey, kemOutput, CONTEXT, suite.kdf.bytes);
  wipe(privateKey);
  return secret;
}
