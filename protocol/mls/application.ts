/** Application messages (RFC 9420 §15), and other exports of an epoch. */
import { EMPTY } from "./bytes.ts";
import { UsageError } from "./errors.ts";
import { mlsExporter } from "./exporter.ts";
import { type FramedContent, signContent } from "./framing.ts";
import { currentKeys, type Group, requireOpen } from "./group.ts";
import { encodeMessage } from "./message.ts";
import { protectPrivate } from "./private-message.ts";

export interface Sealed {
  readonly next: Group;
  /** MLSMessage */
  readonly message: Uint8Array;
  readonly generation: number;
  readonly spent: readonly Uint8Array[];
}

export interface SealOptions {
  /** Sent unencrypted, but signed. */
  readonly authenticatedData?: Uint8Array;
  /** Zero bytes after the data. */
  readonly padding?: number;
}

/**
 * Seals application data for the members of this epoch.
 * @throws UsageError while proposals wait for a commit (§12.4), and after a ReInit
 */
export function seal(
  group: Group,
  data: Uint8Array,
  { authenticatedData = EMPTY, padding = 0 }: SealOptions = {},
): Sealed {
  requireOpen(group);
  if (group.proposals.size > 0) throw new UsageError("§12.4", "Proposals wait for a commit");
  const { suite, context, ownLeaf } = group;
  const content: FramedContent = {
    groupId: context.groupId,
    epoch: context.epoch,
    sender: { type: "member", leafIndex: ownLeaf },
    authenticatedData,
    content: { type: "application", data },
  };
  const key = group.signaturePrivateKey;
  const signature = signContent(suite, key, "mls_private_message", content, context);
  const auth = { signature, confirmationTag: undefined };
  const { message, used } = protectPrivate(suite, currentKeys(group), ownLeaf, { content, auth }, padding);
  return {
    next: { ...group, secretTree: used.tree },
    message: encodeMessage({ wireFormat: "mls_private_message", privateMessage: message }),
    generation: used.generation,
    spent: used.spent,
  };
}

/**
 * Derives a secret of this epoch for the caller's own use (§8.5).
 * @param label ASCII.
 * @param length bytes
 */
export function exportSecret(group: Group, label: string, context: Uint8Array, length: number): Uint8Array {
  return mlsExporter(group.suite, group.secrets.exporterSecret, label, context, length);
}
