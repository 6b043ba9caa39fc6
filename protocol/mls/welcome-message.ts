/** Welcome and GroupInfo as they are sent (RFC 9420 §12.4.3). */
import { MAX_HASH_BYTES, MAX_LEAVES, MAX_PSKS, MAX_SIGNATURE_BYTES } from "./bounds.ts";
import { encode, opaque, optional, struct, type TypeOf, uint16, vector } from "./codec.ts";
import { extensions } from "./extension.ts";
import { groupContext } from "./group-context.ts";
import { signWithLabel, verifyWithLabel } from "./labels.ts";
import { leafNumber } from "./proposal.ts";
import { preSharedKeyId } from "./psk.ts";
import type { CipherSuite } from "./suite.ts";
import { hpkeCiphertext } from "./update-path.ts";

const fields = {
  groupContext,
  extensions,
  confirmationTag: opaque(MAX_HASH_BYTES),
  signer: leafNumber,
};
const groupInfoTbs = struct(fields);
export type UnsignedGroupInfo = TypeOf<typeof groupInfoTbs>;
export const groupInfo = struct({ ...fields, signature: opaque(MAX_SIGNATURE_BYTES) });
export type GroupInfo = TypeOf<typeof groupInfo>;

export function signGroupInfo(
  suite: CipherSuite,
  privateKey: Uint8Array,
  info: UnsignedGroupInfo,
): GroupInfo {
  const bytes = encode(groupInfoTbs, info);
  return { ...info, signature: signWithLabel(suite, privateKey, "GroupInfoTBS", bytes) };
}

/**
 * Verifies a GroupInfo's signature.
 * @param publicKey of the leaf that `signer` names.
 * @throws VerificationError
 */
export function verifyGroupInfo(suite: CipherSuite, publicKey: Uint8Array, info: GroupInfo): void {
  verifyWithLabel(suite, publicKey, "GroupInfoTBS", encode(groupInfoTbs, info), info.signature);
}

export const groupSecrets = struct({
  joinerSecret: opaque(MAX_HASH_BYTES),
  pathSecret: optional(struct({ pathSecret: opaque(MAX_HASH_BYTES) })),
  psks: vector(preSharedKeyId, MAX_PSKS),
});

export const welcome = struct({
  cipherSuite: uint16,
  secrets: vector(
    struct({ newMember: opaque(MAX_HASH_BYTES), encryptedGroupSecrets: hpkeCiphertext }),
    MAX_LEAVES,
  ),
  encryptedGroupInfo: opaque(),
});
export type Welcome = TypeOf<typeof welcome>;
