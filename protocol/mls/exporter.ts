/** MLS-Exporter (RFC 9420 §8.5). */
import { wipe } from "./bytes.ts";
import { deriveSecret, expandWithLabel } from "./labels.ts";
import type { CipherSuite } from "./suite.ts";

/**
 * Derives a secret that all members of the epoch can compute.
 * @param label ASCII, one for each purpose.
 * @param length bytes
 */
export function mlsExporter(
  suite: CipherSuite,
  exporterSecret: Uint8Array,
  label: string,
  context: Uint8Array,
  length: number,
): Uint8Array {
  const derived = deriveSecret(suite, exporterSecret, label);
  const secret = expandWithLabel(suite, derived, "exported", suite.kdf.hash(context), length);
  wipe(derived);
  return secret;
}
