/**
 * ts-mls, the other implementation that ours is tested against: its interfaces on our cryptography, and a
 * member's state in its form. While this module is loaded, ts-mls uses our number for our X-Wing suite.
 */
import assert from "node:assert/strict";
import {
  type CiphersuiteImpl,
  type CiphersuiteName,
  ciphersuites,
  defaultCryptoProvider,
  type GroupState,
} from "ts-mls";
import { getCiphersuiteFromId } from "ts-mls/crypto/ciphersuite.js";
import type { PrivateKey, PublicKey } from "ts-mls/crypto/hpke.js";
import { decodeGroupContext } from "ts-mls/groupContext.js";
import { decodeRatchetTree } from "ts-mls/ratchetTree.js";
import { createSecretTree } from "ts-mls/secretTree.js";
import { EMPTY, random } from "./bytes.ts";
import { encode } from "./codec.ts";
import type { Group } from "./group.ts";
import { groupContext } from "./group-context.ts";
import { type CipherSuite, MLS_256_XWING_AES256GCM_SHA512_Ed25519 } from "./suite.ts";
import { ratchetTree } from "./tree-codec.ts";

export const X_WING_NAME = "MLS_256_XWING_AES256GCM_SHA512_Ed25519" satisfies CiphersuiteName;
(ciphersuites as Record<string, number>)[X_WING_NAME] = MLS_256_XWING_AES256GCM_SHA512_Ed25519;

/**
 * Returns ts-mls' own cryptography for suite 1; ours for X-Wing, for which ts-mls derives key pairs
 * differently.
 */
export async function theirSuite(suite: CipherSuite): Promise<CiphersuiteImpl> {
  if (suite.number === MLS_256_XWING_AES256GCM_SHA512_Ed25519) return onOurs(suite);
  return defaultCryptoProvider.getCiphersuiteImpl(getCiphersuiteFromId(suite.number as 1));
}

/** Implements ts-mls' interfaces on our primitives. */
export function onOurs(suite: CipherSuite): CiphersuiteImpl {
  const { kdf, aead, hpke, signature } = suite;
  // ts-mls handles keys as CryptoKeys, but only passes them on.
  const opaque = <T>(bytes: Uint8Array) => bytes as unknown as T;
  const bytes = (key: unknown) => key as Uint8Array;
  const pair = ({ publicKey, privateKey }: { publicKey: Uint8Array; privateKey: Uint8Array }) => ({
    publicKey: opaque<PublicKey>(publicKey),
    privateKey: opaque<PrivateKey>(privateKey),
  });
  return {
    name:
      suite.number === MLS_256_XWING_AES256GCM_SHA512_Ed25519
        ? X_WING_NAME
        : getCiphersuiteFromId(suite.number as 1).name,
    hash: {
      digest: async (data) => kdf.hash(data),
      mac: async (key, data) => kdf.mac(key, data),
      verifyMac: async (key, mac, data) => kdf.verifyMac(key, mac, data),
    },
    kdf: {
      size: kdf.bytes,
      extract: async (salt, ikm) => kdf.extract(salt, ikm),
      expand: async (prk, info, length) => kdf.expand(prk, info, length),
    },
    rng: { randomBytes: (length) => random(length) },
    signature: {
      sign: async (key, message) => signature.sign(key, message),
      verify: async (key, message, signed) => signature.verify(key, message, signed),
      keygen: async () => {
        const signKey = signature.generate();
        return { signKey, publicKey: signature.publicKey(signKey) };
      },
    },
    hpke: {
      keyLength: aead.keyBytes,
      nonceLength: aead.nonceBytes,
      open: async (key, kemOutput, ciphertext, info) =>
        hpke.open(bytes(key), info, { kemOutput, ciphertext }),
      seal: async (key, plaintext, info) => {
        const { kemOutput, ciphertext } = hpke.seal(bytes(key), info, plaintext);
        return { enc: kemOutput, ct: ciphertext };
      },
      importPrivateKey: async (key) => opaque(key),
      importPublicKey: async (key) => opaque(key),
      exportPublicKey: async (key) => bytes(key),
      exportPrivateKey: async (key) => bytes(key),
      encryptAead: async (key, nonce, aad, plaintext) => aead.seal(key, nonce, aad ?? EMPTY, plaintext),
      decryptAead: async (key, nonce, aad, sealed) => aead.open(key, nonce, aad ?? EMPTY, sealed),
      exportSecret: async (key, context, length) => {
        const sent = hpke.sendExport(bytes(key), Buffer.from(context).toString("ascii"), length);
        return { enc: sent.kemOutput, secret: sent.secret };
      },
      importSecret: async (key, context, kemOutput, length) =>
        hpke.receiveExport(bytes(key), kemOutput, Buffer.from(context).toString("ascii"), length),
      deriveKeyPair: async (ikm) => pair(hpke.kem.deriveKeyPair(ikm)),
      generateKeyPair: async () => pair(hpke.kem.generateKeyPair()),
    },
  };
}

/** Returns a member's state in ts-mls' form. Nobody has sent in the epoch yet. */
export async function theirState(group: Group, impl: CiphersuiteImpl): Promise<GroupState> {
  const { tree, context, secrets, secretTree, ownLeaf, privateKeys } = group;
  const encryptionSecret = secretTree.secrets[tree.root];
  const theirTree = decodeRatchetTree(encode(ratchetTree, tree), 0)?.[0];
  const theirContext = decodeGroupContext(encode(groupContext, context), 0)?.[0];
  assert(encryptionSecret && theirTree && theirContext);
  return structuredClone({
    groupContext: theirContext,
    keySchedule: secrets,
    secretTree: await createSecretTree(tree.leafCount, encryptionSecret.slice(), impl.kdf),
    ratchetTree: theirTree,
    privatePath: { leafIndex: ownLeaf, privateKeys: Object.fromEntries(privateKeys) },
    signaturePrivateKey: group.signaturePrivateKey,
    unappliedProposals: {},
    confirmationTag: group.confirmationTag,
    historicalReceiverData: new Map(),
    groupActiveState: { kind: "active" },
  });
}
