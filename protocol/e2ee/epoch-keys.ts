/** The keys that messages of one epoch open with: of the present one whole, of past ones what late messages still need. */
import type { GroupState, SecretTree, SecretTreeNode } from "ts-mls";
import type { AuthenticatedContent } from "ts-mls/authenticatedContent.js";
// Not processMessage: it would act on commits and proposals, and does not tell who sent a message.
import { unprotectPrivateMessage } from "ts-mls/messageProtection.js";
import type { PrivateMessage } from "ts-mls/privateMessage.js";
import { TrustError } from "../errors.ts";
import { PAST_EPOCHS } from "../limits.ts";
import { KEY_RETENTION } from "./group.ts";
import { parleySuite } from "./suite.ts";

export interface EpochKeys {
  readonly groupContext: GroupState["groupContext"];
  readonly senderDataSecret: Uint8Array;
  readonly secretTree: SecretTree;
}

/** @returns the keys of the group's present epoch */
export function keysOf({ groupContext, keySchedule, secretTree }: GroupState): EpochKeys {
  return { groupContext, senderDataSecret: keySchedule.senderDataSecret, secretTree };
}

/**
 * The group moves on: of its present epoch only the member's ratchet for messages is kept.
 * @param past earlier epochs, newest first
 * @returns the same with the group's present epoch in front, PAST_EPOCHS at most
 */
export function retire(
  group: GroupState,
  leafIndex: number,
  past: readonly EpochKeys[],
): readonly EpochKeys[] {
  const keys = keysOf(group);
  const secretTree = keys.secretTree.map((node, index) => ({
    handshake: EMPTY,
    application: index === nodeIndexOf(leafIndex) ? node.application : EMPTY,
  }));
  return [{ ...keys, secretTree }, ...past].slice(0, PAST_EPOCHS);
}

export interface Unprotected {
  readonly content: AuthenticatedContent["content"];
  /** The tree after it. */
  readonly tree: SecretTree;
  /** Used-up secrets, some of which the tree before it still holds. */
  readonly consumed: readonly Uint8Array[];
}

/**
 * Opens one message and verifies its signature.
 * @param group whose members may have sent it. Their signature keys are the same in every epoch.
 * @param leafIndex of the member who must have sent it
 * @throws TrustError "undecryptable", "identity-mismatch"
 */
export async function unprotect(
  { groupContext, senderDataSecret, secretTree }: EpochKeys,
  { ratchetTree }: GroupState,
  leafIndex: number,
  message: PrivateMessage,
): Promise<Unprotected> {
  const { content, tree, consumed } = await unprotectPrivateMessage(
    senderDataSecret,
    message,
    secretTree,
    ratchetTree,
    groupContext,
    KEY_RETENTION,
    await parleySuite(),
  ).catch((error: unknown) => {
    // The library's errors say what failed in fixed words, without bytes of anybody's.
    throw new TrustError("undecryptable", "The message does not open", { cause: error });
  });
  const { sender } = content.content;
  if (sender.senderType !== "member" || sender.leafIndex !== leafIndex)
    throw new TrustError("identity-mismatch", "The message is not from the peer");
  return { content: content.content, tree, consumed };
}

/** @returns the generation (RFC 9420 §9.1) that the member's next message has, as far as this tree has seen */
export function nextGeneration(tree: SecretTree, leafIndex: number): number {
  return tree[nodeIndexOf(leafIndex)]?.application.generation ?? 0;
}

/**
 * For a message that did not arrive the library keeps the ratchet's secret, from which the keys of all later messages
 * follow, and drops it only when more messages go missing. So that one lost message does not cost a long
 * conversation its forward secrecy, such secrets go once more generations than KEY_RETENTION keeps have come after them.
 */
export function forgetOldSkipped(tree: SecretTree): SecretTree {
  return tree.map((node) => {
    const { generation, unusedGenerations } = node.application;
    const newest = generation - 1; // `generation` is the next one
    const oldest = newest - KEY_RETENTION.retainKeysForGenerations;
    const skipped = Object.entries(unusedGenerations);
    const kept = skipped.filter(([skippedGeneration]) => Number(skippedGeneration) >= oldest);
    if (kept.length === skipped.length) return node;
    const application = { ...node.application, unusedGenerations: Object.fromEntries(kept) };
    return { ...node, application } satisfies SecretTreeNode;
  });
}

const EMPTY: SecretTreeNode["application"] = {
  secret: new Uint8Array(),
  generation: 0,
  unusedGenerations: {},
};

/** RFC 9420 Appendix C: leaves have the even indices. */
function nodeIndexOf(leafIndex: number): number {
  return 2 * leafIndex;
}
