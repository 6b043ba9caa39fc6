/** Restores a group from its stored parts. */
import { keyText } from "./bytes.ts";
import { type Codec, decode } from "./codec.ts";
import { CodecError } from "./errors.ts";
import type { Group, PastEpoch, PendingProposal } from "./group.ts";
import {
  RATCHET_KINDS,
  type Ratchet,
  type RatchetKind,
  type SecretTree,
  type SkippedKey,
} from "./secret-tree.ts";
import {
  FORM,
  GROUP_PART,
  groupPart,
  partName,
  pastPart,
  proposalPart,
  ratchetPart,
  skippedPart,
} from "./stored-parts.ts";
import type { CipherSuite } from "./suite.ts";
import { treeFromNodes } from "./tree-codec.ts";
import { nodeIndex, nodeWidth } from "./tree-math.ts";

const SECTION = "stored group";
type Parts = ReadonlyMap<string, Uint8Array>;

/**
 * Restores a group.
 * @param parts everything that storedChanges() returned and that was not removed since; copied
 * @throws CodecError for anything else, ValidationError for nodes that do not form a tree
 */
export function restoreGroup(suites: ReadonlyMap<number, CipherSuite>, parts: Parts): Group {
  const stored = required(parts, GROUP_PART, groupPart);
  const suite = suites.get(stored.cipherSuite);
  if (stored.form !== FORM || suite === undefined || stored.cipherSuite !== stored.context.cipherSuite)
    throw new CodecError(SECTION, "Of another form or suite");
  const { cipherSuite: _, form: __, pastEpochs, privateKeys, ...rest } = stored;
  const nodes = numbered(parts, "node/").map(([x, bytes]) => [x, bytes] as const);
  const tree = treeFromNodes(nodes);
  return {
    ...rest,
    suite,
    tree,
    privateKeys: new Map(privateKeys.map(({ node, key }) => [nodeIndex(node), key])),
    secretTree: restoreSecretTree(parts, stored.context.epoch, tree.leafCount),
    proposals: restoreProposals(parts),
    past: pastEpochs.map((epoch) => restorePast(parts, epoch)),
  };
}

function restorePast(parts: Parts, epoch: bigint): PastEpoch {
  const stored = required(parts, partName.past(epoch), pastPart);
  return { ...stored, secretTree: restoreSecretTree(parts, epoch, stored.signatureKeys.length) };
}

function restoreProposals(parts: Parts): Map<string, PendingProposal> {
  const stored = [...parts].filter(([name]) => name.startsWith("proposal/"));
  return new Map(
    stored.map(([, bytes]) => {
      const one = decode(proposalPart, bytes);
      return [keyText(one.reference), one];
    }),
  );
}

function restoreSecretTree(parts: Parts, epoch: bigint, leafCount: number): SecretTree {
  const secrets = new Array<Uint8Array | undefined>(nodeWidth(leafCount)).fill(undefined);
  for (const [x, secret] of numbered(parts, `secret/${epoch}/`)) {
    if (x >= secrets.length) throw new CodecError(SECTION, "A secret outside of its tree");
    secrets[x] = secret.slice();
  }
  const ratchets = Array.from({ length: leafCount }, (_, leaf) => {
    const [handshake, application] = RATCHET_KINDS.map((kind) => restoreRatchet(parts, epoch, leaf, kind));
    return application && { handshake, application };
  });
  return { leafCount, secrets, ratchets };
}

function restoreRatchet(parts: Parts, epoch: bigint, leaf: number, kind: RatchetKind): Ratchet | undefined {
  const name = partName.ratchet(epoch, leaf, kind);
  const bytes = parts.get(name);
  if (bytes === undefined) return undefined;
  const skipped: SkippedKey[] = numbered(parts, `skipped/${epoch}/${leaf}/${kind}/`)
    .sort(([a], [b]) => a - b)
    .map(([generation, one]) => ({ generation, ...decode(skippedPart, one) }));
  return { ...decode(ratchetPart, bytes), skipped };
}

/** Returns the parts whose name is a prefix and a number. */
function numbered(parts: Parts, prefix: string): (readonly [number, Uint8Array])[] {
  return [...parts].flatMap(([name, bytes]) => {
    const number = Number(name.slice(prefix.length));
    return name.startsWith(prefix) && Number.isInteger(number) ? [[number, bytes] as const] : [];
  });
}

function required<T>(parts: Parts, name: string, codec: Codec<T>): T {
  const bytes = parts.get(name);
  if (bytes === undefined) throw new CodecError(SECTION, `The part ${name} is missing`);
  return decode(codec, bytes);
}
