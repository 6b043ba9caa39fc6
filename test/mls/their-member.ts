/** A member of ts-mls, the other implementation that ours is tested against. */
import assert from "node:assert/strict";
import {
  acceptAll,
  type CiphersuiteImpl,
  type ClientState,
  createApplicationMessage,
  createCommit,
  createGroupInfoWithExternalPubAndRatchetTree,
  createProposal,
  decodeMlsMessage,
  defaultAuthenticationService,
  defaultKeyPackageEqualityConfig,
  defaultLifetimeConfig,
  defaultPaddingConfig,
  emptyPskIndex,
  encodeMlsMessage,
  type GroupState,
  joinGroup,
  joinGroupExternal,
  type MLSMessage,
  mlsExporter,
  type Proposal,
  processMessage,
} from "ts-mls";
import { encodeGroupContext } from "ts-mls/groupContext.js";
import { concat, EMPTY } from "../../protocol/mls/bytes.ts";
import type { OwnKeyPackage } from "../../protocol/mls/key-package.ts";
import { encodeMessage } from "../../protocol/mls/message.ts";

const configuration = {
  keyRetentionConfig: {
    retainKeysForGenerations: 64,
    retainKeysForEpochs: 4,
    maximumForwardRatchetSteps: 1024,
  },
  lifetimeConfig: { ...defaultLifetimeConfig, maximumTotalLifetime: 0xffff_ffff_ffff_ffffn },
  keyPackageEqualityConfig: defaultKeyPackageEqualityConfig,
  paddingConfig: defaultPaddingConfig,
  authService: defaultAuthenticationService,
};

const read = (bytes: Uint8Array): MLSMessage => {
  const message = decodeMlsMessage(bytes, 0)?.[0];
  assert(message, "ts-mls does not read what we wrote");
  return message;
};

function theirPackage(own: OwnKeyPackage) {
  const message = read(encodeMessage({ wireFormat: "mls_key_package", keyPackage: own.keyPackage }));
  assert(message.wireformat === "mls_key_package");
  const privateKeys = {
    initPrivateKey: own.initPrivateKey.slice(),
    hpkePrivateKey: own.encryptionPrivateKey.slice(),
    signaturePrivateKey: own.signaturePrivateKey.slice(),
  };
  return { publicPackage: message.keyPackage, privateKeys };
}

/** A member whose state is ts-mls'. Immutable, like ours. */
export class TheirMember {
  readonly state: ClientState;
  readonly impl: CiphersuiteImpl;
  constructor(state: ClientState, impl: CiphersuiteImpl) {
    this.state = state;
    this.impl = impl;
  }

  /** @param state of any origin */
  static of(state: GroupState, impl: CiphersuiteImpl): TheirMember {
    return new TheirMember({ ...state, clientConfig: configuration }, impl);
  }

  static async join(impl: CiphersuiteImpl, welcome: Uint8Array, own: OwnKeyPackage): Promise<TheirMember> {
    const message = read(welcome);
    assert(message.wireformat === "mls_welcome");
    const { publicPackage, privateKeys } = theirPackage(own);
    const state = await joinGroup(
      message.welcome,
      publicPackage,
      privateKeys,
      emptyPskIndex,
      impl,
      undefined,
      undefined,
      configuration,
    );
    return new TheirMember(state, impl);
  }

  static async joinExternally(
    impl: CiphersuiteImpl,
    groupInfo: Uint8Array,
    own: OwnKeyPackage,
    resync: boolean,
  ) {
    const info = read(groupInfo);
    assert(info.wireformat === "mls_group_info");
    const { publicPackage, privateKeys } = theirPackage(own);
    const { publicMessage, newState } = await joinGroupExternal(
      info.groupInfo,
      publicPackage,
      privateKeys,
      resync,
      impl,
      undefined,
      configuration,
    );
    const message = encodeMlsMessage({ version: "mls10", wireformat: "mls_public_message", publicMessage });
    return { next: new TheirMember(newState, impl), message };
  }

  get leaf(): number {
    return this.state.privatePath.leafIndex;
  }

  async commit(proposals: Proposal[], inClear: boolean) {
    const context = { state: this.state, cipherSuite: this.impl };
    const made = await createCommit(context, {
      extraProposals: proposals,
      wireAsPublicMessage: inClear,
      ratchetTreeExtension: true,
    });
    const { welcome } = made;
    return {
      next: this.#with(made.newState),
      message: encodeMlsMessage(made.commit),
      welcome: welcome && encodeMlsMessage({ version: "mls10", wireformat: "mls_welcome", welcome }),
    };
  }

  async propose(proposal: Proposal, inClear: boolean) {
    const made = await createProposal(this.state, inClear, proposal, this.impl);
    return { next: this.#with(made.newState), message: encodeMlsMessage(made.message) };
  }

  async seal(data: Uint8Array) {
    const { newState, privateMessage } = await createApplicationMessage(this.state, data, this.impl);
    const message = { version: "mls10", wireformat: "mls_private_message", privateMessage } as const;
    return { next: this.#with(newState), message: encodeMlsMessage(message) };
  }

  async receive(bytes: Uint8Array): Promise<{ next: TheirMember; data?: Uint8Array }> {
    const message = read(bytes);
    assert(message.wireformat === "mls_private_message" || message.wireformat === "mls_public_message");
    const result = await processMessage(message, this.state, emptyPskIndex, acceptAll, this.impl);
    const next = this.#with(result.newState);
    return result.kind === "applicationMessage" ? { next, data: result.message } : { next };
  }

  async groupInfo(): Promise<Uint8Array> {
    const groupInfo = await createGroupInfoWithExternalPubAndRatchetTree(this.state, [], this.impl);
    return encodeMlsMessage({ version: "mls10", wireformat: "mls_group_info", groupInfo });
  }

  /** Returns the values that all members must agree on, as bytes. */
  async facts(): Promise<Uint8Array> {
    const { groupContext, keySchedule } = this.state;
    const exported = await mlsExporter(keySchedule.exporterSecret, "test", EMPTY, 32, this.impl);
    return concat(encodeGroupContext(groupContext), exported, keySchedule.epochAuthenticator);
  }

  /** Returns each private key that it holds, with the public key in its tree. */
  keys(): (readonly [node: number, privateKey: Uint8Array, publicKey: Uint8Array | undefined])[] {
    return Object.entries(this.state.privatePath.privateKeys).map(([x, key]) => {
      const node = this.state.ratchetTree[Number(x)];
      const publicKey = node?.nodeType === "leaf" ? node.leaf.hpkePublicKey : node?.parent.hpkePublicKey;
      return [Number(x), key, publicKey] as const;
    });
  }

  #with(state: ClientState): TheirMember {
    return new TheirMember({ ...state, clientConfig: configuration }, this.impl);
  }
}

/** Converts our proposals of these types to ts-mls'. */
export function theirProposal(
  proposal: { type: "add"; own: OwnKeyPackage } | { type: "remove"; removed: number },
): Proposal {
  if (proposal.type === "remove") return { proposalType: "remove", remove: { removed: proposal.removed } };
  return { proposalType: "add", add: { keyPackage: theirPackage(proposal.own).publicPackage } };
}
