/**
 * The parts of a group to write after an operation: the changed ones, found by comparing references, since
 * two values share unchanged parts.
 */
import { encode } from "./codec.ts";
import type { Group, PendingProposal } from "./group.ts";
import { changedNodes } from "./ratchet-tree.ts";
import { RATCHET_KINDS, type Ratchet, type SecretTree } from "./secret-tree.ts";
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
import { encodeNode } from "./tree-codec.ts";

/** To apply in one transaction. */
export interface Changes {
  readonly put: ReadonlyMap<string, Uint8Array>;
  readonly remove: readonly string[];
}

/**
 * Returns the changes. A message changes one ratchet, some hundred bytes; a commit "group" and some nodes.
 * @param before the stored value, or undefined
 */
export function storedChanges(before: Group | undefined, after: Group): Changes {
  const put = new Map<string, Uint8Array>();
  const remove: string[] = [];
  const change = (name: string, bytes: Uint8Array | undefined) => {
    if (bytes === undefined) remove.push(name);
    else put.set(name, bytes);
  };
  if (before?.context !== after.context || before.signaturePrivateKey !== after.signaturePrivateKey)
    change(GROUP_PART, encodeGroup(after));
  if (before?.tree !== after.tree)
    for (const x of changedNodes(before?.tree, after.tree))
      change(partName.node(x), encodeNode(after.tree, x));
  changeProposals(before, after, change);
  changeEpochs(before, after, change);
  return { put, remove };
}

type Change = (name: string, bytes: Uint8Array | undefined) => void;

function encodeGroup(group: Group): Uint8Array {
  return encode(groupPart, {
    ...group,
    form: FORM,
    cipherSuite: group.suite.number,
    privateKeys: [...group.privateKeys].map(([node, key]) => ({ node, key })),
    pastEpochs: group.past.map(({ context }) => context.epoch),
  });
}

function changeProposals(before: Group | undefined, after: Group, change: Change): void {
  const old: ReadonlyMap<string, PendingProposal> = before?.proposals ?? new Map();
  if (old === after.proposals) return;
  for (const [reference, one] of old)
    if (!after.proposals.has(reference)) change(partName.proposal(one.reference), undefined);
  for (const [reference, one] of after.proposals)
    if (!old.has(reference)) change(partName.proposal(one.reference), encode(proposalPart, one));
}

/** Returns the secret trees by epoch, including the current one: when an epoch ends, its rows stay. */
function secretTrees(group: Group | undefined): Map<bigint, SecretTree> {
  if (group === undefined) return new Map();
  const past = group.past.map(({ context, secretTree }) => [context.epoch, secretTree] as const);
  return new Map([[group.context.epoch, group.secretTree], ...past]);
}

function changeEpochs(before: Group | undefined, after: Group, change: Change): void {
  const [old, now] = [secretTrees(before), secretTrees(after)];
  for (const epoch of new Set([...old.keys(), ...now.keys()]))
    changeSecretTree(epoch, old.get(epoch), now.get(epoch), change);
  if (before?.context === after.context) return;
  const stored = new Set(before?.past.map(({ context }) => context.epoch));
  for (const past of after.past)
    if (!stored.delete(past.context.epoch)) change(partName.past(past.context.epoch), encode(pastPart, past));
  for (const epoch of stored) change(partName.past(epoch), undefined);
}

function changeSecretTree(
  epoch: bigint,
  old: SecretTree | undefined,
  now: SecretTree | undefined,
  change: Change,
): void {
  if (old === now) return;
  const nodes = Math.max(old?.secrets.length ?? 0, now?.secrets.length ?? 0);
  for (let x = 0; x < nodes; x++)
    if (old?.secrets[x] !== now?.secrets[x]) change(partName.secret(epoch, x), now?.secrets[x]);
  const leaves = Math.max(old?.ratchets.length ?? 0, now?.ratchets.length ?? 0);
  for (let leaf = 0; leaf < leaves; leaf++) {
    if (old?.ratchets[leaf] === now?.ratchets[leaf]) continue;
    for (const kind of RATCHET_KINDS) {
      const [was, is] = [old?.ratchets[leaf]?.[kind], now?.ratchets[leaf]?.[kind]];
      if (was === is) continue;
      change(partName.ratchet(epoch, leaf, kind), is && encode(ratchetPart, is));
      changeSkipped(was, is, (generation) => partName.skipped(epoch, leaf, kind, generation), change);
    }
  }
}

function changeSkipped(
  was: Ratchet | undefined,
  is: Ratchet | undefined,
  name: (generation: number) => string,
  change: Change,
): void {
  // The key of a generation never changes, so comparing numbers is enough.
  const generations = (ratchet: Ratchet | undefined) =>
    new Set(ratchet?.skipped.map(({ generation }) => generation));
  const [old, now] = [generations(was), generations(is)];
  for (const generation of old) if (!now.has(generation)) change(name(generation), undefined);
  for (const one of is?.skipped ?? [])
    if (!old.has(one.generation)) change(name(one.generation), encode(skippedPart, one));
}
