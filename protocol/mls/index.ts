/** MLS (RFC 9420), synchronous, on node:crypto. It knows nothing of Parley; docs/MLS.md leads a reviewer through it. */
export { exportSecret, type Sealed, seal } from "./application.ts";
export { wipe } from "./bytes.ts";
export { type CommitMade, type CommitOptions, createCommit } from "./commit.ts";
export * from "./errors.ts";
export { type Credential, EXTENSION, type Extension } from "./extension.ts";
export { joinExternally } from "./external-commit.ts";
export { createGroup, type Group } from "./group.ts";
export type { GroupContext } from "./group-context.ts";
export { exportGroupInfo } from "./group-info.ts";
export { joinByWelcome } from "./join.ts";
export { createKeyPackage, type KeyPackage, type OwnKeyPackage } from "./key-package.ts";
export type { LeafContent, LeafNode } from "./leaf-node.ts";
export { decodeAs, decodeMessage, encodeMessage } from "./message.ts";
export type { Policy, ProposedCommit, ProposedGroup } from "./policy.ts";
export type { Proposal } from "./proposal.ts";
export { propose, proposeUpdate } from "./propose.ts";
export { contextAfter, type Received, receive } from "./receive.ts";
export { type CipherSuite, cipherSuites } from "./suite.ts";
