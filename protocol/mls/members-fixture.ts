/** Clients for tests, and groups of them. */
import assert from "node:assert/strict";
import { exportSecret, seal } from "./application.ts";
import { ascii, equal } from "./bytes.ts";
import { type CommitOptions, createCommit } from "./commit.ts";
import { type Extension, MLS_10 } from "./extension.ts";
import { createGroup, type Group } from "./group.ts";
import { joinByWelcome } from "./join.ts";
import { createKeyPackage, type OwnKeyPackage } from "./key-package.ts";
import type { LeafContent } from "./leaf-node.ts";
import type { Policy } from "./policy.ts";
import type { Proposal } from "./proposal.ts";
import { receive } from "./receive.ts";
import { type CipherSuite, cipherSuites, MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519 } from "./suite.ts";
import { treeHash } from "./tree-hash.ts";
import { leafOf } from "./tree-math.ts";
import { validateTree } from "./tree-validation.ts";

export const suite1 = cipherSuites().get(MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519) as CipherSuite;
export const ANY_TIME = { notBefore: 0n, notAfter: 0xffff_ffff_ffff_ffffn };
/** An extension type of our own that clients here support. */
export const ROOM_STATE = 0xf1a0;

export interface Client {
  readonly name: string;
  readonly suite: CipherSuite;
  readonly signaturePrivateKey: Uint8Array;
  readonly leaf: LeafContent;
}

export function client(name: string, suite: CipherSuite = suite1): Client {
  const signaturePrivateKey = suite.signature.generate();
  return {
    name,
    suite,
    signaturePrivateKey,
    leaf: {
      signatureKey: suite.signature.publicKey(signaturePrivateKey),
      credential: { type: "basic", identity: ascii(name) },
      capabilities: {
        versions: [MLS_10],
        cipherSuites: [suite.number],
        extensions: [ROOM_STATE],
        proposals: [],
        credentials: [1],
      },
      extensions: [],
    },
  };
}

export const packageOf = ({ suite, leaf, signaturePrivateKey }: Client): OwnKeyPackage =>
  createKeyPackage(suite, leaf, signaturePrivateKey, ANY_TIME);

export const add = ({ keyPackage }: OwnKeyPackage): Proposal => ({ type: "add", keyPackage });

export const groupOf = (creator: Client, extensions: readonly Extension[] = []): Group =>
  createGroup(creator.suite, ascii("a group"), packageOf(creator), extensions);

/** The members of one group, each with their own view, in the order in which they joined. */
export type Room = readonly Group[];

/** Makes a room whose first member has added the others, in one commit for all or one for each. */
export function roomOf(names: readonly string[], suite = suite1, oneByOne = false): Room {
  const [first = "a", ...others] = names;
  let room: Room = [groupOf(client(first, suite))];
  if (oneByOne) for (const name of others) room = addTo(room, 0, [client(name, suite)]);
  else if (others.length > 0)
    room = addTo(
      room,
      0,
      others.map((name) => client(name, suite)),
    );
  return room;
}

export function addTo(room: Room, by: number, newcomers: readonly Client[], policy: Policy = {}): Room {
  const packages = newcomers.map(packageOf);
  const { room: next, welcome } = commitIn(room, by, { proposals: packages.map(add) }, policy);
  assert(welcome);
  return [...next, ...packages.map((own) => joinByWelcome(groupAt(room, by).suite, welcome, own, policy))];
}

/**
 * Delivers one member's commit to the room.
 * @returns the room afterwards, without the members that it removes
 */
export function commitIn(room: Room, by: number, options: CommitOptions, policy: Policy = {}) {
  const made = createCommit(groupAt(room, by), options, policy);
  const next = room.flatMap((group, i) => {
    if (i === by) return [made.next];
    const received = receive(group, made.message, policy);
    return received.type === "commit" ? [received.next] : [];
  });
  return { ...made, room: next };
}

export function groupAt(room: Room, i: number): Group {
  const group = room[i];
  assert(group, `no member ${i}`);
  return group;
}

/** Asserts that all members agree on the group, hold matching keys, and have a tree that can be joined. */
export function requireAgreement(room: Room): void {
  const first = groupAt(room, 0);
  for (const group of room) {
    assert.deepEqual(group.context, first.context);
    assert.deepEqual(group.secrets.epochAuthenticator, first.secrets.epochAuthenticator);
    assert.deepEqual(secretOf(group), secretOf(first));
    assert.deepEqual(treeHash(group.suite, group.tree), group.context.treeHash);
    requireFittingKeys(group);
  }
  validateTree(first.suite, first.tree, first.context);
}

const secretOf = (group: Group): Uint8Array => exportSecret(group, "test", new Uint8Array(), 32);

/**
 * Asserts that each private key of a member opens ciphertexts for the public key in the tree, and that none
 * of its own path is missing.
 */
export function requireFittingKeys({ suite, tree, ownLeaf, privateKeys }: Group): void {
  const { kem } = suite.hpke;
  for (const [x, key] of privateKeys) {
    const node = tree.node(x);
    assert(node, "a key of a blank node");
    const { kemOutput, sharedSecret } = kem.encapsulate(node.encryptionKey);
    assert(equal(kem.decapsulate(key, kemOutput), sharedSecret), `the key of node ${x} does not fit`);
  }
  assert(privateKeys.has((2 * ownLeaf) as never));
  for (const x of tree.directPath(ownLeaf)) {
    const node = tree.parent(x);
    const mine = node !== undefined && !node.unmergedLeaves.includes(ownLeaf);
    assert.equal(privateKeys.has(x), mine, `node ${x}`);
  }
  for (const x of privateKeys.keys()) assert(leafOf(x) === ownLeaf || tree.directPath(ownLeaf).includes(x));
}

/**
 * Lets each member send one message that all others open.
 * @returns the room afterwards
 */
export function talk(room: Room): Room {
  const views = [...room];
  for (const [i] of views.entries()) {
    const data = ascii(`said by ${i}`);
    const sealed = seal(groupAt(views, i), data);
    views[i] = sealed.next;
    for (const [j, view] of views.entries()) {
      if (j === i) continue;
      const received = receive(view, sealed.message, {});
      assert(received.type === "application");
      assert.deepEqual(received.data, data);
      assert.equal(received.sender, groupAt(views, i).ownLeaf);
      views[j] = received.next;
    }
  }
  return views;
}
