/**
 * The safety number of two people: 60 digits in 12 groups of five, the same on both sides. Compared aloud or
 * side by side, it reveals a man in the middle even at the first contact, before any key was pinned.
 * The construction is Signal's numeric fingerprint (libsignal, rust/protocol/src/fingerprint.rs, version 0):
 * an iterated SHA-512 gives 30 digits per person, and the two halves are sorted in ascending order. The
 * iterations make it expensive to search for a second key with similar digits.
 */
import { createHash } from "node:crypto";

export interface SafetyNumberParty {
  readonly name: string;
  readonly identityKey: Uint8Array;
}

const VERSION = Buffer.of(0, 0);
const ITERATIONS = 5200;
const GROUPS_PER_PERSON = 6;
/** Five bytes modulo 100,000: the bias is below 1 in 10 million. */
const BYTES_PER_GROUP = 5;

/**
 * Returns 12 groups of five digits separated by spaces, the same for either order of the two people. Takes
 * some milliseconds.
 */
export function safetyNumber(one: SafetyNumberParty, other: SafetyNumberParty): string {
  const [lower, upper] = [half(one), half(other)].sort();
  return `${lower} ${upper}`;
}

function half({ name, identityKey }: SafetyNumberParty): string {
  let hash: Uint8Array = Buffer.concat([VERSION, identityKey, Buffer.from(name, "utf8")]);
  for (let iteration = 0; iteration < ITERATIONS; iteration++)
    hash = createHash("sha512").update(hash).update(identityKey).digest();
  const digest = Buffer.from(hash);
  return Array.from({ length: GROUPS_PER_PERSON }, (_, group) => {
    const value = digest.readUIntBE(group * BYTES_PER_GROUP, BYTES_PER_GROUP) % 100_000;
    return value.toString().padStart(5, "0");
  }).join(" ");
}
