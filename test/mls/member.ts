/** A member of a mixed group: ours, sometimes stored and restored, or ts-mls'. */
import assert from "node:assert/strict";
import { exportSecret, seal } from "../../protocol/mls/application.ts";
import { ascii, concat, EMPTY, wipe } from "../../protocol/mls/bytes.ts";
import { encode } from "../../protocol/mls/codec.ts";
import { createCommit } from "../../protocol/mls/commit.ts";
import { joinExternally } from "../../protocol/mls/external-commit.ts";
import type { Group } from "../../protocol/mls/group.ts";
import { groupContext } from "../../protocol/mls/group-context.ts";
import { exportGroupInfo } from "../../protocol/mls/group-info.ts";
import { joinByWelcome } from "../../protocol/mls/join.ts";
import type { OwnKeyPackage } from "../../protocol/mls/key-package.ts";
import { type Client, requireFittingKeys } from "../../protocol/mls/members-fixture.ts";
import type { Proposal } from "../../protocol/mls/proposal.ts";
import { propose, proposeUpdate } from "../../protocol/mls/propose.ts";
import { receive } from "../../protocol/mls/receive.ts";
import { restoreGroup } from "../../protocol/mls/restore.ts";
import { storedChanges } from "../../protocol/mls/store.ts";
import { treeHash } from "../../protocol/mls/tree-hash.ts";
import { leafIndex } from "../../protocol/mls/tree-math.ts";
import { type TheirMember, theirProposal } from "./their-member.ts";

/** The effect of a commit, in terms that both implementations have. */
export interface Change {
  readonly added: readonly OwnKeyPackage[];
  readonly removed: readonly number[];
  /** New extensions of the context: only our members commit them, with the path that the RFC requires. */
  readonly state?: Uint8Array;
  readonly inClear: boolean;
  /** New keys even when nothing requires them; ts-mls has no choice. */
  readonly path: boolean;
}

export interface Made {
  /** In use until the commit is accepted. */
  readonly current: Member;
  readonly next: Member;
  readonly message: Uint8Array;
  readonly welcome: Uint8Array | undefined;
}

export interface Member {
  readonly ours: boolean;
  readonly leaf: number;
  commit(change: Change): Promise<Made>;
  proposeChange(
    change: "update" | { readonly remove: number } | { readonly add: OwnKeyPackage },
    inClear: boolean,
  ): Promise<{ next: Member; message: Uint8Array }>;
  receive(message: Uint8Array): Promise<{ next: Member; data?: Uint8Array | undefined }>;
  seal(data: Uint8Array): Promise<{ next: Member; message: Uint8Array }>;
  groupInfo(): Promise<Uint8Array>;
  /** Returns GroupContext, an exported secret and the epoch authenticator: equal for all members. */
  facts(): Promise<Uint8Array>;
  /**
   * Checks consistency.
   * @throws when a private key does not match the tree, or the tree its hash
   */
  requireSound(): void;
}

const ROOM_STATE = 0xf1a0;

export class OurMember implements Member {
  readonly ours = true;
  readonly group: Group;
  constructor(group: Group) {
    this.group = group;
  }

  static join(welcome: Uint8Array, own: OwnKeyPackage, client: Client): OurMember {
    return new OurMember(joinByWelcome(client.suite, welcome, own, {}));
  }

  static joinExternally(groupInfo: Uint8Array, client: Client, remove: number | undefined) {
    const back = remove === undefined ? {} : { remove: leafIndex(remove) };
    const { next, message } = joinExternally(client.suite, { ...client, ...back, groupInfo }, {});
    return { next: new OurMember(next), message };
  }

  get leaf(): number {
    return this.group.ownLeaf;
  }

  async commit({ added, removed, state, inClear, path }: Change): Promise<Made> {
    const proposals: Proposal[] = [
      ...removed.map((leaf) => ({ type: "remove", removed: leafIndex(leaf) }) as const),
      ...added.map(({ keyPackage }) => ({ type: "add", keyPackage }) as const),
    ];
    if (state !== undefined)
      proposals.push({ type: "group_context_extensions", extensions: [{ type: ROOM_STATE, data: state }] });
    const format = inClear ? "mls_public_message" : "mls_private_message";
    const made = createCommit(this.group, { proposals, format, path }, {});
    return {
      current: new OurMember(made.current),
      next: new OurMember(made.next),
      message: made.message,
      welcome: made.welcome,
    };
  }

  async proposeChange(change: Parameters<Member["proposeChange"]>[0], inClear: boolean) {
    const framing = { format: inClear ? "mls_public_message" : "mls_private_message" } as const;
    const made =
      change === "update"
        ? proposeUpdate(this.group, {}, framing)
        : "remove" in change
          ? propose(this.group, { type: "remove", removed: leafIndex(change.remove) }, framing)
          : propose(this.group, { type: "add", keyPackage: change.add.keyPackage }, framing);
    return { next: new OurMember(made.next), message: made.message };
  }

  async receive(message: Uint8Array) {
    const result = receive(this.group, message, {});
    assert(result.type !== "removed", "removed without having been told");
    wipe(...result.spent);
    const data = result.type === "application" ? result.data : undefined;
    return { next: new OurMember(result.next), data };
  }

  async seal(data: Uint8Array) {
    const { next, message, spent } = seal(this.group, data, { padding: data.length % 7 });
    wipe(...spent);
    return { next: new OurMember(next), message };
  }

  async groupInfo(): Promise<Uint8Array> {
    return exportGroupInfo(this.group, { externalPub: true, tree: true });
  }

  async facts(): Promise<Uint8Array> {
    const { context, secrets } = this.group;
    return concat(
      encode(groupContext, context),
      exportSecret(this.group, "test", EMPTY, 32),
      secrets.epochAuthenticator,
    );
  }

  requireSound(): void {
    const { suite, tree, context } = this.group;
    requireFittingKeys(this.group);
    assert.deepEqual(treeHash(suite, tree), context.treeHash);
    // The incremental hash must equal one computed from scratch.
    const restored = this.restored().group;
    assert.deepEqual(treeHash(suite, restored.tree), context.treeHash);
  }

  /** Returns the group after it was stored and read again. */
  restored(): OurMember {
    const { put } = storedChanges(undefined, this.group);
    return new OurMember(restoreGroup(new Map([[this.group.suite.number, this.group.suite]]), put));
  }
}

/** ts-mls' state, with our policy. */
export class OtherMember implements Member {
  readonly ours = false;
  readonly their: TheirMember;
  readonly client: Client;
  constructor(their: TheirMember, client: Client) {
    this.their = their;
    this.client = client;
  }

  get leaf(): number {
    return this.their.leaf;
  }

  async commit({ added, removed, state, inClear }: Change): Promise<Made> {
    assert(state === undefined, "ts-mls changes a context without a path");
    const made = await this.their.commit(
      [
        ...removed.map((leaf) => theirProposal({ type: "remove", removed: leaf })),
        ...added.map((own) => theirProposal({ type: "add", own })),
      ],
      inClear,
    );
    return { ...made, current: this, next: new OtherMember(made.next, this.client) };
  }

  async proposeChange(change: Parameters<Member["proposeChange"]>[0], inClear: boolean) {
    assert(change !== "update", "ts-mls has no Update for its own leaf");
    const proposal =
      "remove" in change
        ? theirProposal({ type: "remove", removed: change.remove })
        : theirProposal({ type: "add", own: change.add });
    const { next, message } = await this.their.propose(proposal, inClear);
    return { next: new OtherMember(next, this.client), message };
  }

  async receive(message: Uint8Array) {
    const { next, data } = await this.their.receive(message);
    return { next: new OtherMember(next, this.client), data };
  }

  async seal(data: Uint8Array) {
    const { next, message } = await this.their.seal(data);
    return { next: new OtherMember(next, this.client), message };
  }

  groupInfo(): Promise<Uint8Array> {
    return this.their.groupInfo();
  }

  facts(): Promise<Uint8Array> {
    return this.their.facts();
  }

  requireSound(): void {
    const { kem } = this.client.suite.hpke;
    for (const [node, privateKey, publicKey] of this.their.keys()) {
      if (publicKey === undefined) continue; // ts-mls keeps keys of nodes that have become blank
      const { kemOutput, sharedSecret } = kem.encapsulate(publicKey);
      const opened = kem.decapsulate(privateKey, kemOutput);
      // It also keeps keys of nodes that another member has replaced, as it is not told.
      if (node === 2 * this.leaf) assert.deepEqual(opened, sharedSecret, "its leaf's key does not fit");
    }
  }
}

export const text = (words: string): Uint8Array => ascii(words);
