/**
 * Proposals and Commits as they are sent (RFC 9420 §12.1, §12.4). A type that the RFC does not define does
 * not parse, and is refused.
 */
import { MAX_GROUP_ID_BYTES, MAX_HASH_BYTES, MAX_KEY_BYTES, MAX_PROPOSALS } from "./bounds.ts";
import {
  opaque,
  optional,
  refine,
  select,
  struct,
  type TypeOf,
  uint8,
  uint16,
  uint32,
  vector,
} from "./codec.ts";
import { extensions } from "./extension.ts";
import { keyPackage } from "./key-package.ts";
import { leafNode } from "./leaf-node.ts";
import { preSharedKeyId } from "./psk.ts";
import { leafIndex } from "./tree-math.ts";
import { updatePath } from "./update-path.ts";

export const leafNumber = refine(uint32, leafIndex);

export const reInit = struct({
  groupId: opaque(MAX_GROUP_ID_BYTES),
  version: uint16,
  cipherSuite: uint16,
  extensions,
});
export type ReInit = TypeOf<typeof reInit>;

export const proposal = select("type", uint16, {
  add: [1, struct({ keyPackage })],
  update: [2, struct({ leafNode })],
  remove: [3, struct({ removed: leafNumber })],
  psk: [4, struct({ psk: preSharedKeyId })],
  reinit: [5, reInit],
  external_init: [6, struct({ kemOutput: opaque(MAX_KEY_BYTES) })],
  group_context_extensions: [7, struct({ extensions })],
});
export type Proposal = TypeOf<typeof proposal>;
export type ProposalType = Proposal["type"];

const proposalOrRef = select("type", uint8, {
  proposal: [1, struct({ proposal })],
  reference: [2, struct({ reference: opaque(MAX_HASH_BYTES) })],
});
export type ProposalOrRef = TypeOf<typeof proposalOrRef>;

export const commit = struct({
  proposals: vector(proposalOrRef, MAX_PROPOSALS),
  path: optional(updatePath),
});
export type Commit = TypeOf<typeof commit>;
