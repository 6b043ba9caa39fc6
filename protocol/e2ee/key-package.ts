/**
 * KeyPackages (RFC 9420 §10): sent by the accepting person so that the requester can add them to a group.
 * Signed by the identity key, of bounded lifetime, used once. MLS signs "MLS 1.0 <label>" behind a length
 * byte (§5.1.2), so an MLS signature cannot be mistaken for one of Identity.sign, nor the other way round.
 */
import { ProtocolError, TrustError } from "../errors.ts";
import type { Identity } from "../identity/identity.ts";
import {
  IDENTITY_KEY_BYTES,
  MAX_KEY_PACKAGE_BYTES,
  XWING_PRIVATE_KEY_BYTES,
  XWING_PUBLIC_KEY_BYTES,
} from "../limits.ts";
import { ascii } from "../mls/bytes.ts";
import { MlsError } from "../mls/errors.ts";
import { type Capabilities, CREDENTIAL_TYPES, MLS_10 } from "../mls/extension.ts";
import {
  createKeyPackage,
  type KeyPackage,
  type OwnKeyPackage,
  verifyKeyPackageSignature,
} from "../mls/key-package.ts";
import { type LeafNode, type Lifetime, verifyLeafSignature } from "../mls/leaf-node.ts";
import { encodeMessage } from "../mls/message.ts";
import { parseUsername, type Username } from "../names.ts";
import { decodeMessage } from "./mls-message.ts";
import { CIPHERSUITE, parleySuite } from "./suite.ts";

/**
 * Allowed difference between two people's clocks: a wrong time zone is half a day, and the server's
 * certificate tolerates days. A KeyPackage is used once, so accepting one dated ahead is no danger.
 */
const CLOCK_SKEW_SECONDS = 4n * 24n * 60n * 60n;
/** Long enough for an ACCEPT and its answer to wait in mailboxes, e.g. during a holiday. */
const LIFETIME_SECONDS = 14n * 24n * 60n * 60n;
/** The longest lifetime accepted from another program; more would invite replays. */
const MAX_LIFETIME_SECONDS = 31n * 24n * 60n * 60n;
/** Exactly the values that this protocol uses (§7.2): MLS 1.0, one suite, basic credentials, no extensions. */
const CAPABILITIES: Capabilities = {
  versions: [MLS_10],
  cipherSuites: [CIPHERSUITE],
  extensions: [],
  proposals: [],
  credentials: [CREDENTIAL_TYPES.basic],
};
/** The most entries of one sort in a peer's KeyPackage: more than any program has. */
const MAX_CAPABILITIES = 64;
const SECRET_VERSION = 1;

/**
 * The accepting side's keys before the Welcome: keep `secret` (bytes to be stored sealed) until then, send
 * `keyPackage`.
 * Used once: delete `secret` when join() has succeeded, and when the request is refused or over.
 */
export interface Joining {
  readonly keyPackage: Uint8Array;
  readonly secret: Uint8Array;
}

export interface KeyPackageOwner {
  readonly name: Username;
  /** Ed25519, 32 bytes. */
  readonly identityKey: Uint8Array;
}

/** A Joining whose secret appears neither in JSON nor in a logger's output. */
class PreparedJoining implements Joining {
  readonly keyPackage: Uint8Array;
  readonly #secret: Uint8Array;
  constructor(keyPackage: Uint8Array, secret: Uint8Array) {
    this.keyPackage = keyPackage;
    this.#secret = secret;
  }
  get secret(): Uint8Array {
    return this.#secret;
  }
}

/** Makes a fresh KeyPackage for one use. */
export async function prepareToJoin(name: Username, identity: Identity): Promise<Joining> {
  const own = generateOwn(name, identity);
  own.signaturePrivateKey.fill(0); // join() receives the identity again.
  const keyPackage = encodeMessage({ wireFormat: "mls_key_package", keyPackage: own.keyPackage });
  const { initPrivateKey, encryptionPrivateKey } = own;
  const secret = new Uint8Array(
    Buffer.concat([Buffer.of(SECRET_VERSION), initPrivateKey, encryptionPrivateKey]),
  );
  return new PreparedJoining(keyPackage, secret);
}

/**
 * Restores the private keys.
 * @throws ProtocolError "bad-content" where these are not the bytes that prepareToJoin returned
 */
export function resumeJoining(joining: Joining, identity: Identity): OwnKeyPackage {
  const { keyPackage, secret } = joining;
  const message = decodeMessage(keyPackage, "mls_key_package", MAX_KEY_PACKAGE_BYTES);
  if (
    message === undefined ||
    secret.length !== 1 + 2 * XWING_PRIVATE_KEY_BYTES ||
    secret[0] !== SECRET_VERSION
  )
    throw new ProtocolError("bad-content", "These are not the bytes of a prepared join");
  return {
    keyPackage: message.keyPackage,
    initPrivateKey: new Uint8Array(secret.subarray(1, 1 + XWING_PRIVATE_KEY_BYTES)),
    encryptionPrivateKey: new Uint8Array(secret.subarray(1 + XWING_PRIVATE_KEY_BYTES)),
    signaturePrivateKey: identity.exportSeed(),
  };
}

/** Generates a KeyPackage with its private keys, including the identity's seed. */
export function generateOwn(name: Username, identity: Identity): OwnKeyPackage {
  const now = BigInt(Math.floor(Date.now() / 1000));
  const leaf = {
    signatureKey: identity.publicKey,
    credential: { type: "basic", identity: ascii(name) },
    capabilities: CAPABILITIES,
    extensions: [],
  } as const;
  const lifetime = { notBefore: now - CLOCK_SKEW_SECONDS, notAfter: now + LIFETIME_SECONDS };
  return createKeyPackage(parleySuite(), leaf, identity.exportSeed(), lifetime);
}

/**
 * Returns the owner that a KeyPackage claims, after checking signatures and lifetime. Whether the owner is
 * trusted is for the caller to check.
 * @param keyPackage foreign bytes; copied
 * @throws TrustError "identity-mismatch" for a wrong signature, an invalid name or a lifetime that is over,
 * not begun or too long; ProtocolError "bad-content" for anything but a KeyPackage of this protocol
 */
export async function inspectKeyPackage(keyPackage: Uint8Array): Promise<KeyPackageOwner> {
  return readKeyPackage(keyPackage).owner;
}

/**
 * Reads as inspectKeyPackage does.
 * @returns the KeyPackage too
 */
export function readKeyPackage(bytes: Uint8Array): {
  readonly keyPackage: KeyPackage;
  readonly owner: KeyPackageOwner;
} {
  const keyPackage = decodeMessage(bytes, "mls_key_package", MAX_KEY_PACKAGE_BYTES)?.keyPackage;
  if (keyPackage === undefined || !isOfThisProtocol(keyPackage))
    throw new ProtocolError("bad-content", "Not a KeyPackage of this protocol");
  const { leafNode } = keyPackage;
  const owner = ownerOf(leafNode);
  if (owner === undefined) throw mismatch("does not name its owner and key");
  if (leafNode.source.type !== "key_package")
    throw new ProtocolError("bad-content", "A KeyPackage whose leaf was made for a group");
  checkLifetime(leafNode.source.lifetime);
  signedByItself("has a leaf not signed by its own key", () =>
    verifyLeafSignature(parleySuite(), leafNode, undefined),
  );
  signedByItself("is not signed by its own key", () => verifyKeyPackageSignature(parleySuite(), keyPackage));
  return { keyPackage, owner };
}

function signedByItself(otherwise: string, verify: () => void): void {
  try {
    verify();
  } catch (error) {
    throw error instanceof MlsError ? mismatch(otherwise) : error;
  }
}

/**
 * Returns a leaf's owner, or undefined where the credential is not basic, its name not valid, or the key not
 * of an identity's length.
 */
export function ownerOf(leaf: Pick<LeafNode, "credential" | "signatureKey">): KeyPackageOwner | undefined {
  if (leaf.credential.type !== "basic" || leaf.signatureKey.length !== IDENTITY_KEY_BYTES) return undefined;
  // Names are ASCII: latin1 turns any other byte into a character that no name has.
  const name = parseUsername(Buffer.from(leaf.credential.identity).toString("latin1"));
  return name === undefined ? undefined : { name, identityKey: new Uint8Array(leaf.signatureKey) };
}

function isOfThisProtocol({ cipherSuite, initKey, leafNode, extensions }: KeyPackage): boolean {
  return (
    cipherSuite === CIPHERSUITE &&
    initKey.length === XWING_PUBLIC_KEY_BYTES &&
    extensions.length === 0 &&
    isLeafOfThisProtocol(leafNode) &&
    !Buffer.from(initKey).equals(leafNode.encryptionKey) // §10.1
  );
}

/** Checks the leaf of a KeyPackage or self-update: the sizes and capabilities that this protocol requires. */
export function isLeafOfThisProtocol({ capabilities, encryptionKey, extensions }: LeafNode): boolean {
  return (
    encryptionKey.length === XWING_PUBLIC_KEY_BYTES &&
    extensions.length === 0 &&
    capabilities.versions.includes(MLS_10) &&
    capabilities.cipherSuites.includes(CIPHERSUITE) &&
    capabilities.credentials.includes(CREDENTIAL_TYPES.basic) &&
    // Capabilities have no effect here, but both sides would store them permanently.
    Object.values(capabilities).every((list) => list.length <= MAX_CAPABILITIES)
  );
}

/**
 * Checks the lifetime against the local clock.
 * @param lifetime Unix time, seconds
 */
function checkLifetime({ notBefore, notAfter }: Lifetime): void {
  const now = BigInt(Math.floor(Date.now() / 1000));
  if (now < notBefore) throw mismatch("is not valid yet: the two people's clocks differ");
  if (now > notAfter) throw mismatch("is no longer valid");
  if (notAfter - notBefore > MAX_LIFETIME_SECONDS) throw mismatch("is valid for too long");
}

function mismatch(what: string): TrustError {
  return new TrustError("identity-mismatch", `The KeyPackage ${what}`);
}
