/** Welcomes (RFC 9420 §12.4.3.1): the secrets of an epoch, encrypted to the members that a commit adds. */
import { EMPTY, wipe } from "./bytes.ts";
import { encode } from "./codec.ts";
import type { Group } from "./group.ts";
import { type GroupInfoOptions, groupInfoOf } from "./group-info.ts";
import { keyPackageRef } from "./key-package.ts";
import { welcomeKey, welcomeSecret } from "./key-schedule.ts";
import { encryptWithLabel } from "./labels.ts";
import { encodeMessage } from "./message.ts";
import type { NextEpoch } from "./next-epoch.ts";
import type { StagedCommit } from "./stage-commit.ts";
import { commonAncestor, type NodeIndex } from "./tree-math.ts";
import { groupInfo, groupSecrets } from "./welcome-message.ts";

/**
 * Makes a Welcome.
 * @param next the group in the epoch that they join
 * @param pathSecrets of the commit's path, by node; none without a path
 * @returns MLSMessage(Welcome) for all of them
 */
export function createWelcome(
  next: Group,
  staged: StagedCommit,
  epoch: NextEpoch,
  pathSecrets: ReadonlyMap<NodeIndex, Uint8Array>,
  options: GroupInfoOptions,
): Uint8Array {
  const { suite } = next;
  const { key, nonce } = welcomeKey(suite, welcomeSecret(suite, epoch.joiner, epoch.psk));
  const info = encode(groupInfo, groupInfoOf(next, options));
  const encryptedGroupInfo = suite.aead.seal(key, nonce, EMPTY, info);
  wipe(key, nonce);
  const { added, packages, psks } = staged.effects;
  const secrets = packages.map((given, i) => {
    const leaf = added[i] ?? staged.committer;
    const pathSecret = pathSecrets.get(commonAncestor(leaf, staged.committer));
    const plaintext = encode(groupSecrets, {
      joinerSecret: epoch.joiner,
      pathSecret: pathSecret === undefined ? undefined : { pathSecret },
      psks,
    });
    const encryptedGroupSecrets = encryptWithLabel(
      suite,
      given.initKey,
      "Welcome",
      encryptedGroupInfo,
      plaintext,
    );
    wipe(plaintext);
    return { newMember: keyPackageRef(suite, given), encryptedGroupSecrets };
  });
  const welcome = { cipherSuite: suite.number, secrets, encryptedGroupInfo };
  return encodeMessage({ wireFormat: "mls_welcome", welcome });
}
