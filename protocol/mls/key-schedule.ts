/**
 * The key schedule (RFC 9420 §8): derives this epoch's secrets from the last epoch's init_secret and the
 * commit's secrets.
 */
import { EMPTY, wipe } from "./bytes.ts";
import { deriveSecret, expandWithLabel, keyAndNonce } from "./labels.ts";
import type { CipherSuite } from "./suite.ts";

/** Every label of §8's table, and "init". */
const LABELS = {
  senderDataSecret: "sender data",
  encryptionSecret: "encryption",
  exporterSecret: "exporter",
  externalSecret: "external",
  confirmationKey: "confirm",
  membershipKey: "membership",
  resumptionPsk: "resumption",
  epochAuthenticator: "authentication",
  initSecret: "init",
} as const;
export type EpochSecrets = { readonly [Name in keyof typeof LABELS]: Uint8Array };

/** Returns joiner_secret. Overwrites nothing. */
export function joinerSecret(
  suite: CipherSuite,
  initSecret: Uint8Array,
  commitSecret: Uint8Array,
  context: Uint8Array,
): Uint8Array {
  const extracted = suite.kdf.extract(initSecret, commitSecret);
  const joiner = expandWithLabel(suite, extracted, "joiner", context, suite.kdf.bytes);
  wipe(extracted);
  return joiner;
}

/** Returns the secret that welcome_secret and epoch_secret are derived from. */
const memberSecret = (suite: CipherSuite, joiner: Uint8Array, psk: Uint8Array): Uint8Array =>
  suite.kdf.extract(joiner, psk);

/** Returns welcome_secret. */
export function welcomeSecret(suite: CipherSuite, joiner: Uint8Array, psk: Uint8Array): Uint8Array {
  const member = memberSecret(suite, joiner, psk);
  const welcome = deriveSecret(suite, member, "welcome");
  wipe(member);
  return welcome;
}

/**
 * Derives an epoch's secrets.
 * @param context the encoded GroupContext of the epoch
 */
export function epochSecrets(
  suite: CipherSuite,
  joiner: Uint8Array,
  psk: Uint8Array,
  context: Uint8Array,
): EpochSecrets {
  const member = memberSecret(suite, joiner, psk);
  const epochSecret = expandWithLabel(suite, member, "epoch", context, suite.kdf.bytes);
  wipe(member);
  return secretsOf(suite, epochSecret);
}

/**
 * Derives an epoch's secrets from epoch_secret.
 * @param epochSecret overwritten
 */
export function secretsOf(suite: CipherSuite, epochSecret: Uint8Array): EpochSecrets {
  const entries = Object.entries(LABELS).map(([name, label]) => [
    name,
    deriveSecret(suite, epochSecret, label),
  ]);
  wipe(epochSecret);
  return Object.fromEntries(entries);
}

/** external_priv and external_pub */
export const externalKeyPair = (suite: CipherSuite, externalSecret: Uint8Array) =>
  suite.hpke.kem.deriveKeyPair(externalSecret);

/** welcome_key and welcome_nonce (§12.4.3.1). @param welcome overwritten */
export function welcomeKey(suite: CipherSuite, welcome: Uint8Array) {
  const result = keyAndNonce(suite, welcome, EMPTY);
  wipe(welcome);
  return result;
}
