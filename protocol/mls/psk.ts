/** Pre-shared keys (RFC 9420 §8.4). */
import { MAX_GROUP_ID_BYTES, MAX_HASH_BYTES, MAX_IDENTITY_BYTES } from "./bounds.ts";
import { wipe } from "./bytes.ts";
import { encode, enumeration, opaque, select, struct, type TypeOf, uint8, uint16, uint64 } from "./codec.ts";
import { expandWithLabel } from "./labels.ts";
import type { CipherSuite } from "./suite.ts";

export const preSharedKeyId = struct({
  psk: select("type", uint8, {
    external: [1, struct({ id: opaque(MAX_IDENTITY_BYTES) })],
    resumption: [
      2,
      struct({
        usage: enumeration(uint8, { application: 1, reinit: 2, branch: 3 }),
        groupId: opaque(MAX_GROUP_ID_BYTES),
        epoch: uint64,
      }),
    ],
  }),
  nonce: opaque(MAX_HASH_BYTES),
});
export type PreSharedKeyId = TypeOf<typeof preSharedKeyId>;

export interface Psk {
  readonly id: PreSharedKeyId;
  readonly secret: Uint8Array;
}

const pskLabel = struct({ id: preSharedKeyId, index: uint16, count: uint16 });

/** Returns psk_secret: all zero without PSKs; owned by the caller. */
export function pskSecret(suite: CipherSuite, psks: readonly Psk[]): Uint8Array {
  const { bytes, extract } = suite.kdf;
  const zero = new Uint8Array(bytes);
  let result: Uint8Array = new Uint8Array(bytes);
  for (const [index, { id, secret }] of psks.entries()) {
    const extracted = extract(zero, secret);
    const context = encode(pskLabel, { id, index, count: psks.length });
    const input = expandWithLabel(suite, extracted, "derived psk", context, bytes);
    const next = extract(input, result);
    wipe(extracted, input, result);
    result = next;
  }
  return result;
}
