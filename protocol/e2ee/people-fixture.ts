/** Two people who know each other's keys, for the tests of this folder. */
import assert from "node:assert/strict";
import {
  type Capabilities,
  type CiphersuiteImpl,
  type ClientConfig,
  type ClientState,
  type Credential,
  createCommit,
  createGroup,
  decodeMlsMessage,
  defaultAuthenticationService,
  defaultKeyPackageEqualityConfig,
  encodeMlsMessage,
  generateKeyPackageWithKey,
  type KeyPackage,
  type Lifetime,
  type PrivateKeyPackage,
} from "ts-mls";
import { type ParleyError, ProtocolError, TrustError } from "../errors.ts";
import { Identity } from "../identity/identity.ts";
import { seal } from "../mls/application.ts";
import { MAX_FORWARD_STEPS, MAX_SKIPPED_KEYS } from "../mls/bounds.ts";
import { leafIndex } from "../mls/tree-math.ts";
import { onOurs, theirState, X_WING_NAME } from "../mls/ts-mls-fixture.ts";
import {
  type ConversationId,
  idBytes,
  type MessageId,
  newConversationId,
  newMessageId,
  type Username,
  username,
} from "../names.ts";
import { CONTENT_LEVEL, type Content } from "./content.ts";
import { Conversation, type Joining, type KeyCheck, prepareToJoin } from "./conversation.ts";
import { decodeStored, encodeStored } from "./group-state.ts";
import { parleySuite } from "./suite.ts";

export interface Person {
  readonly name: Username;
  readonly identity: Identity;
}

function person(name: string): Person {
  return { name: username(name), identity: Identity.generate() };
}

/** Returns a check that accepts exactly these people's keys. */
export function pins(...people: Person[]): KeyCheck {
  return (name, key) =>
    people.some((one) => one.name === name && Buffer.from(one.identity.publicKey).equals(key));
}

export const alice = person("alice");
export const bob = person("bob");
export const mallory = person("mallory");
export const check = pins(alice, bob);

/** Creates alice's side with bob's KeyPackage. */
export function createWith(keyPackage: Uint8Array, id = newConversationId()) {
  return Conversation.create({ id, ...alice, peer: bob.name, keyPackage, check });
}
/** Joins on bob's side with alice's Welcome. */
export function joinWith(id: ConversationId, joining: Joining, welcome: Uint8Array): Promise<Conversation> {
  return Conversation.join({ id, ...bob, peer: alice.name, joining, welcome, check });
}

/** Establishes a conversation: alice asks, bob accepts. */
export async function established(): Promise<{
  id: ConversationId;
  alices: Conversation;
  bobs: Conversation;
}> {
  const id = newConversationId();
  const joining = await prepareToJoin(bob.name, bob.identity);
  const { conversation, welcome } = await createWith(joining.keyPackage, id);
  return { id, alices: conversation, bobs: await joinWith(id, joining, welcome) };
}

/** Makes a text in its opened form; the level is not needed to seal it. */
export function text(words: string): Content & { readonly level: number } {
  return { kind: "text", sentAt: 1_700_000_000_000, level: CONTENT_LEVEL, text: words };
}

/** Seals several messages in a row. */
export async function sealAll(from: Conversation, words: readonly string[]) {
  const sealed: { id: ReturnType<typeof newMessageId>; bytes: Uint8Array }[] = [];
  let next = from;
  for (const one of words) {
    const id = newMessageId();
    const step = await next.seal(id, text(one));
    sealed.push({ id, bytes: step.bytes });
    next = step.next;
  }
  return { next, sealed };
}

/**
 * Seals any bytes as content, as an attacker with these keys can.
 * @param change the name that it claims to come from, and another key to sign with
 */
export async function sealRaw(
  from: Conversation,
  id: MessageId,
  data: Uint8Array,
  change: { readonly leafIndex?: number; readonly key?: Uint8Array } = {},
): Promise<{ readonly next: Conversation; readonly bytes: Uint8Array }> {
  const state = decodeStored(from.serialize());
  const { group } = state;
  const claimed = {
    ...group,
    ownLeaf: leafIndex(change.leafIndex ?? group.ownLeaf),
    signaturePrivateKey: change.key ?? group.signaturePrivateKey,
  };
  const sealed = seal(claimed, data, { authenticatedData: idBytes(id) });
  const next = encodeStored({ ...state, group: { ...group, secretTree: sealed.next.secretTree } });
  return { next: Conversation.deserialize(next, () => true), bytes: sealed.message };
}

export const trust = (code: TrustError["code"]) => (error: unknown) =>
  error instanceof TrustError && assertCode(error, code);
export const badContent = (error: unknown) =>
  error instanceof ProtocolError && assertCode(error, "bad-content");
export const anyOfOurs = (error: unknown) => error instanceof TrustError || error instanceof ProtocolError;

function assertCode(error: ParleyError, code: string): true {
  assert.equal(error.code, code, error.message);
  return true;
}

export function withBitFlipped(bytes: Uint8Array, at: number): Uint8Array {
  const flipped = new Uint8Array(bytes);
  const index = Math.floor(at / 8) % flipped.length;
  flipped[index] = (flipped[index] ?? 0) ^ (1 << (at % 8));
  return flipped;
}

// ---- Forgeries by an attacker who uses MLS through ts-mls: anything that the attacker's own keys sign.

export const theirSuite = onOurs(parleySuite());

/**
 * Returns a conversation's group as a program without Parley's checks has it. Nobody has sent in the epoch.
 */
export async function uncheckedState(from: Conversation): Promise<ClientState> {
  const state = await theirState(decodeStored(from.serialize()).group, theirSuite);
  return { ...state, clientConfig: trustingConfig };
}

const now = () => BigInt(Math.floor(Date.now() / 1000));
export const inDays = (days: number) => now() + BigInt(days * 86_400);

export interface Made {
  readonly publicPackage: KeyPackage;
  readonly privatePackage: PrivateKeyPackage;
}

/** Makes a KeyPackage like Parley's, except for `change`; correctly signed by `identity`. */
export async function makeKeyPackage(
  { name, identity }: { name: string; identity: Identity },
  change: {
    credential?: Credential;
    capabilities?: Partial<Capabilities>;
    lifetime?: Lifetime;
    extensions?: KeyPackage["extensions"];
    leafExtensions?: KeyPackage["extensions"];
    suite?: CiphersuiteImpl;
  } = {},
): Promise<Made> {
  return generateKeyPackageWithKey(
    change.credential ?? { credentialType: "basic", identity: new TextEncoder().encode(name) },
    {
      versions: ["mls10"],
      ciphersuites: [X_WING_NAME],
      extensions: [],
      proposals: [],
      credentials: ["basic"],
      ...change.capabilities,
    },
    change.lifetime ?? { notBefore: inDays(-1), notAfter: inDays(1) },
    change.extensions ?? [],
    { signKey: identity.exportSeed(), publicKey: identity.publicKey },
    change.suite ?? theirSuite,
    change.leafExtensions,
  );
}

/** Parses a KeyPackage of ours, as an attacker's program would. */
export function readPackage(bytes: Uint8Array): KeyPackage {
  const message = decodeMlsMessage(new Uint8Array(bytes), 0)?.[0];
  assert(message?.wireformat === "mls_key_package");
  return message.keyPackage;
}

export function keyPackageBytes(keyPackage: KeyPackage): Uint8Array {
  return encodeMlsMessage({ version: "mls10", wireformat: "mls_key_package", keyPackage });
}

const trustingConfig: ClientConfig = {
  keyRetentionConfig: {
    retainKeysForGenerations: MAX_SKIPPED_KEYS,
    retainKeysForEpochs: 1,
    maximumForwardRatchetSteps: MAX_FORWARD_STEPS,
  },
  lifetimeConfig: { maximumTotalLifetime: 0n, validateLifetimeOnReceive: false },
  keyPackageEqualityConfig: defaultKeyPackageEqualityConfig,
  paddingConfig: { kind: "alwaysPad", paddingLength: 0 },
  authService: defaultAuthenticationService,
};

interface GroupChange {
  readonly extensions?: KeyPackage["extensions"];
  readonly infoExtensions?: KeyPackage["extensions"];
  readonly extraEpochs?: number;
  readonly suite?: CiphersuiteImpl;
}

/**
 * Makes a group of `creator` and `added` without any of Parley's checks.
 * @returns its state, and the Welcome's bytes
 */
export async function makeGroup(
  id: ConversationId,
  creator: Made,
  added: readonly KeyPackage[],
  change: GroupChange = {},
): Promise<{ state: ClientState; welcome: Uint8Array }> {
  const cipherSuite = change.suite ?? theirSuite;
  const groupId = new Uint8Array(idBytes(id));
  const { publicPackage, privatePackage } = creator;
  const extensions = change.extensions ?? [];
  let state = await createGroup(
    groupId,
    publicPackage,
    privatePackage,
    extensions,
    cipherSuite,
    trustingConfig,
  );
  for (let i = 0; i < (change.extraEpochs ?? 0); i++)
    state = (await createCommit({ state, cipherSuite })).newState;
  const { newState, welcome } = await createCommit(
    { state, cipherSuite },
    {
      extraProposals: added.map((keyPackage) => ({ proposalType: "add", add: { keyPackage } })),
      ratchetTreeExtension: true,
      groupInfoExtensions: change.infoExtensions ?? [],
    },
  );
  assert(welcome);
  const bytes = encodeMlsMessage({ version: "mls10", wireformat: "mls_welcome", welcome });
  return { state: newState, welcome: bytes };
}

/**
 * Makes a group as makeGroup does.
 * @returns the Welcome's bytes
 */
export async function makeWelcome(...group: Parameters<typeof makeGroup>): Promise<Uint8Array> {
  return (await makeGroup(...group)).welcome;
}
