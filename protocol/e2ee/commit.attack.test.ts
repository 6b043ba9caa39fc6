/** Self-updates forged or misused by a lying server, a stranger or the peer themself. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { type Capabilities, createCommit, encodeMlsMessage, type GroupState, type Proposal } from "ts-mls";
import { createContentCommitSignature } from "ts-mls/framedContent.js";
import type { LeafNode } from "ts-mls/leafNode.js";
import { protect } from "ts-mls/messageProtection.js";
import { toLeafIndex } from "ts-mls/treemath.js";
import { createUpdatePath } from "ts-mls/updatePath.js";
import { MAX_COMMIT_BYTES } from "../limits.ts";
import { idBytes, type MessageId, newMessageId } from "../names.ts";
import type { Conversation } from "./conversation.ts";
import {
  alice,
  anyOfOurs,
  established,
  makeKeyPackage,
  mallory,
  text,
  theirSuite,
  trust,
  uncheckedState,
  withBitFlipped,
} from "./people-fixture.ts";

describe("A self-update is refused, and the conversation goes on, when", () => {
  let alices: Conversation;
  let bobs: Conversation;
  let id: MessageId;
  beforeEach(async () => {
    ({ alices, bobs } = await established());
    id = newMessageId();
  });
  afterEach(async () => {
    const real = await alices.commit(0);
    bobs = (await bobs.open(real.id, real.bytes)).next;
    const { bytes } = await real.next.mergeCommit(real.id).seal(id, text("still here"));
    assert.deepEqual((await bobs.open(id, bytes)).content, text("still here"));
  });

  /** Alice's group in a program without any of Parley's checks. */
  async function unchecked(change: Partial<GroupState> = {}) {
    return { state: { ...(await uncheckedState(alices)), ...change }, cipherSuite: theirSuite };
  }
  const authenticatedData = () => new Uint8Array(idBytes(id));

  /** Alice's tree with her own leaf replaced. */
  async function treeWith(change: (leaf: LeafNode) => Partial<LeafNode>) {
    const { state } = await unchecked();
    const [own, ...others] = state.ratchetTree;
    assert.ok(own?.nodeType === "leaf");
    return [{ nodeType: "leaf", leaf: { ...own.leaf, ...change(own.leaf) } as LeafNode } as const, ...others];
  }

  /** A commit signed by alice, with or without a path; its confirmation tag is a guess. */
  async function guessed(what: { readonly proposals?: readonly Proposal[]; readonly path: boolean }) {
    const { state, cipherSuite } = await unchecked();
    const [, path] = await createUpdatePath(
      state.ratchetTree,
      toLeafIndex(0),
      state.groupContext,
      state.signaturePrivateKey,
      cipherSuite,
    );
    const { signature, framedContent } = await createContentCommitSignature(
      state.groupContext,
      "mls_private_message",
      {
        proposals: (what.proposals ?? []).map((proposal) => ({ proposalOrRefType: "proposal", proposal })),
        path: what.path ? path : undefined,
      },
      { senderType: "member", leafIndex: 0 },
      authenticatedData(),
      state.signaturePrivateKey,
      cipherSuite.signature,
    );
    const auth = { contentType: "commit", signature, confirmationTag: new Uint8Array(64) } as const;
    const { privateMessage } = await protect(
      state.keySchedule.senderDataSecret,
      authenticatedData(),
      state.groupContext,
      state.secretTree,
      { ...framedContent, auth },
      0,
      { kind: "alwaysPad", paddingLength: 0 },
      cipherSuite,
    );
    return encodeMlsMessage({ version: "mls10", wireformat: "mls_private_message", privateMessage });
  }

  it("it does anything but renew its sender's keys", async () => {
    const { publicPackage } = await makeKeyPackage(mallory);
    const context = await unchecked();
    const add: Proposal = { proposalType: "add", add: { keyPackage: publicPackage } };
    const proposals: Proposal[] = [
      add,
      { proposalType: "remove", remove: { removed: 1 } },
      { proposalType: "group_context_extensions", groupContextExtensions: { extensions: [] } },
      {
        proposalType: "reinit",
        reinit: {
          groupId: new Uint8Array(16),
          version: "mls10",
          cipherSuite: context.state.groupContext.cipherSuite,
          extensions: [],
        },
      },
    ];
    for (const proposal of proposals)
      for (const wireAsPublicMessage of [false, true]) {
        const options = {
          extraProposals: [proposal],
          authenticatedData: authenticatedData(),
          wireAsPublicMessage,
        };
        const { commit } = await createCommit(context, options);
        await assert.rejects(
          bobs.open(id, encodeMlsMessage(commit)),
          trust("undecryptable"),
          String(proposal.proposalType),
        );
      }
    const { commit } = await createCommit(context, {
      authenticatedData: authenticatedData(),
      wireAsPublicMessage: true,
    });
    await assert.rejects(bobs.open(id, encodeMlsMessage(commit)), trust("undecryptable"), "in the open");
    // The library makes an "add" without a path, which is refused for that reason alone; another program
    // could add one.
    const added = await guessed({ proposals: [add], path: true });
    await assert.rejects(bobs.open(id, added), trust("undecryptable"), "add, with a path");
  });

  it("it has no path, or its tags do not verify", async () => {
    for (const path of [false, true])
      await assert.rejects(bobs.open(id, await guessed({ path })), trust("undecryptable"));
  });

  it("it verifies, but is of another protocol or exceeds the size bound", async () => {
    const another = [
      { ciphersuites: [] },
      { versions: [] },
      { credentials: [] },
      { extensions: Array<number>(100).fill(0xff00) },
    ] satisfies Partial<Capabilities>[];
    for (const change of another) {
      const ratchetTree = await treeWith(({ capabilities }) => ({
        capabilities: { ...capabilities, ...change },
      }));
      const { commit } = await createCommit(await unchecked({ ratchetTree }), {
        authenticatedData: authenticatedData(),
      });
      await assert.rejects(
        bobs.open(id, encodeMlsMessage(commit)),
        trust("undecryptable"),
        Object.keys(change).join(),
      );
    }
    const { state, cipherSuite } = await unchecked();
    const paddingConfig = { kind: "alwaysPad", paddingLength: MAX_COMMIT_BYTES } as const;
    const { commit } = await createCommit(
      { state: { ...state, clientConfig: { ...state.clientConfig, paddingConfig } }, cipherSuite },
      { authenticatedData: authenticatedData() },
    );
    await assert.rejects(bobs.open(id, encodeMlsMessage(commit)), trust("undecryptable"), "padding");
  });

  it("it changes its sender's key or name", async () => {
    for (const change of [
      { signaturePublicKey: mallory.identity.publicKey },
      { credential: { credentialType: "basic", identity: Buffer.from("mallory") } },
    ] as const) {
      const ratchetTree = await treeWith(() => change);
      const signaturePrivateKey = ("signaturePublicKey" in change ? mallory : alice).identity.exportSeed();
      const { commit } = await createCommit(await unchecked({ ratchetTree, signaturePrivateKey }), {
        authenticatedData: authenticatedData(),
      });
      await assert.rejects(bobs.open(id, encodeMlsMessage(commit)), anyOfOurs);
    }
  });

  it("its author has all the conversation's secrets but the identity key", async () => {
    const context = await unchecked({ signaturePrivateKey: mallory.identity.exportSeed() });
    const { commit } = await createCommit(context, { authenticatedData: authenticatedData() });
    await assert.rejects(bobs.open(id, encodeMlsMessage(commit)), trust("undecryptable"));
  });

  it("it is our own, reflected", async () => {
    const { next, id: own, bytes } = await bobs.commit(0);
    await assert.rejects(next.open(own, bytes), trust("identity-mismatch"));
    await assert.rejects(bobs.open(own, bytes), trust("identity-mismatch"));
  });

  it("it comes under another id, in another conversation, a second time, or from another epoch", async () => {
    const real = await alices.commit(0);
    await assert.rejects(bobs.open(id, real.bytes), trust("identity-mismatch"));
    const other = await established();
    await assert.rejects(other.bobs.open(real.id, real.bytes), trust("wrong-conversation"));
    const after = (await bobs.open(real.id, real.bytes)).next;
    await assert.rejects(after.open(real.id, real.bytes), trust("undecryptable"));
    const second = await (await real.next.mergeCommit(real.id)).commit(0);
    await assert.rejects(bobs.open(second.id, second.bytes), trust("undecryptable"));
  });

  it("any bit of it is flipped, or it is cut short or lengthened", async () => {
    const real = await alices.commit(0);
    await fc.assert(
      fc.asyncProperty(fc.nat({ max: real.bytes.length * 8 - 1 }), async (at) => {
        await assert.rejects(bobs.open(real.id, withBitFlipped(real.bytes, at)), anyOfOurs);
        await assert.rejects(bobs.open(real.id, real.bytes.subarray(0, Math.floor(at / 8))), anyOfOurs);
      }),
      { numRuns: 100 },
    );
    await assert.rejects(
      bobs.open(real.id, Buffer.concat([real.bytes, Buffer.of(0)])),
      trust("undecryptable"),
    );
  });
});
