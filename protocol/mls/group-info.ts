/**
 * GroupInfo (RFC 9420 §12.4.3): everything needed to join; with the tree, or without it where the tree is
 * stored separately, one row for each node.
 */
import { decode, encode } from "./codec.ts";
import { ValidationError } from "./errors.ts";
import { EXTENSION, type Extension, externalPub, findExtension } from "./extension.ts";
import type { Group } from "./group.ts";
import { externalKeyPair } from "./key-schedule.ts";
import { encodeMessage } from "./message.ts";
import type { RatchetTree } from "./ratchet-tree.ts";
import type { CipherSuite } from "./suite.ts";
import { ratchetTree } from "./tree-codec.ts";
import { type GroupInfo, signGroupInfo, type UnsignedGroupInfo, verifyGroupInfo } from "./welcome-message.ts";

export interface GroupInfoOptions {
  /** Whether the whole tree is included. */
  readonly tree?: boolean;
  /** Whether joining by an external commit is possible. */
  readonly externalPub?: boolean;
  readonly extensions?: readonly Extension[];
}

/** Returns the signed GroupInfo of the current epoch. */
export function groupInfoOf(group: Group, options: GroupInfoOptions): GroupInfo {
  const { suite, context, tree, ownLeaf, secrets } = group;
  const extensions = [...(options.extensions ?? [])];
  if (options.tree === true)
    extensions.push({ type: EXTENSION.ratchetTree, data: encode(ratchetTree, tree) });
  if (options.externalPub === true) {
    const { publicKey } = externalKeyPair(suite, secrets.externalSecret);
    extensions.push({ type: EXTENSION.externalPub, data: encode(externalPub, { externalPub: publicKey }) });
  }
  const info: UnsignedGroupInfo = {
    groupContext: context,
    extensions,
    confirmationTag: group.confirmationTag,
    signer: ownLeaf,
  };
  return signGroupInfo(suite, group.signaturePrivateKey, info);
}

/** Returns an MLSMessage(GroupInfo) for an external commit. */
export function exportGroupInfo(group: Group, options: GroupInfoOptions = { externalPub: true }): Uint8Array {
  return encodeMessage({ wireFormat: "mls_group_info", groupInfo: groupInfoOf(group, options) });
}

/**
 * Finds the tree and verifies the GroupInfo's signature; validateTree() checks the tree itself.
 * @param elsewhere the tree, where it is sent separately.
 * @throws ValidationError, VerificationError, CodecError
 */
export function openGroupInfo(
  suite: CipherSuite,
  info: GroupInfo,
  elsewhere: RatchetTree | undefined,
): RatchetTree {
  if (info.groupContext.cipherSuite !== suite.number || info.groupContext.version !== 1)
    throw new ValidationError("§12.4.3.1", "A GroupInfo of another version or suite");
  const data = findExtension(info.extensions, EXTENSION.ratchetTree);
  const tree = data === undefined ? elsewhere : decode(ratchetTree, data);
  if (tree === undefined)
    throw new ValidationError("§12.4.3.3", "The tree is neither in the GroupInfo nor given");
  const signer = tree.leaf(info.signer);
  if (signer === undefined) throw new ValidationError("§12.4.3.1", "The GroupInfo's signer has no leaf");
  verifyGroupInfo(suite, signer.signatureKey, info);
  return tree;
}
