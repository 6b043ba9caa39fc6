/**
 * PrivateMessage (RFC 9420 §6.3): the sender's ratchet encrypts the content, sender_data_secret the sender.
 */
import { MAX_GROUP_ID_BYTES } from "./bounds.ts";
import { Reader, Writer } from "./byte-stream.ts";
import { random, wipe } from "./bytes.ts";
import { decode, encode, fixed, opaque, struct, type TypeOf, uint32, uint64 } from "./codec.ts";
import { CodecError, ValidationError } from "./errors.ts";
import {
  type AuthData,
  type AuthenticatedContent,
  authData,
  contentOf,
  contentType,
  type FramedContent,
  verifyContent,
} from "./framing.ts";
import type { GroupContext } from "./group-context.ts";
import { keyAndNonce } from "./labels.ts";
import { leafNumber } from "./proposal.ts";
import { keyOf, type MessageKey, nextKey, type RatchetKind, type SecretTree } from "./secret-tree.ts";
import type { CipherSuite } from "./suite.ts";
import type { LeafIndex } from "./tree-math.ts";

const head = { groupId: opaque(MAX_GROUP_ID_BYTES), epoch: uint64, contentType };
export const senderDataAad = struct(head);
export const contentAad = struct({ ...head, authenticatedData: opaque() });
export const privateMessage = struct({
  ...head,
  authenticatedData: opaque(),
  encryptedSenderData: opaque(),
  ciphertext: opaque(),
});
export type PrivateMessage = TypeOf<typeof privateMessage>;

export const senderData = struct({ leafIndex: leafNumber, generation: uint32, reuseGuard: fixed(4) });

/** The keys that open messages of one epoch, current or past. */
export interface EpochKeys {
  readonly context: GroupContext;
  readonly senderDataSecret: Uint8Array;
  readonly secretTree: SecretTree;
  /** Signature keys by leaf. */
  readonly signatureKeys: readonly (Uint8Array | undefined)[];
}

const ratchetOf = (type: FramedContent["content"]["type"]): RatchetKind =>
  type === "application" ? "application" : "handshake";

/**
 * Seals a message.
 * @param padding zero bytes after the content
 */
export function protectPrivate(
  suite: CipherSuite,
  keys: Pick<EpochKeys, "senderDataSecret" | "secretTree">,
  leaf: LeafIndex,
  message: { readonly content: FramedContent; readonly auth: AuthData },
  padding: number,
): { readonly message: PrivateMessage; readonly used: MessageKey } {
  const { groupId, epoch, authenticatedData, content } = message.content;
  const type = content.type;
  const writer = new Writer();
  contentOf(type).write(writer, content);
  authData(type).write(writer, message.auth);
  writer.bytes(new Uint8Array(padding));
  const plaintext = writer.finish();
  const used = nextKey(suite, keys.secretTree, leaf, ratchetOf(type));
  const reuseGuard = random(4);
  const aad = encode(contentAad, { groupId, epoch, contentType: type, authenticatedData });
  const ciphertext = suite.aead.seal(used.key, guarded(used.nonce, reuseGuard), aad, plaintext);
  wipe(plaintext, used.key, used.nonce);
  const { key, nonce } = senderDataKey(suite, keys.senderDataSecret, ciphertext);
  const data = encode(senderData, { leafIndex: leaf, generation: used.generation, reuseGuard });
  const dataAad = encode(senderDataAad, { groupId, epoch, contentType: type });
  const encryptedSenderData = suite.aead.seal(key, nonce, dataAad, data);
  wipe(key, nonce, data);
  return {
    message: { groupId, epoch, contentType: type, authenticatedData, encryptedSenderData, ciphertext },
    used,
  };
}

export interface Unprotected {
  readonly content: AuthenticatedContent;
  readonly sender: LeafIndex;
  readonly used: MessageKey;
}

/** Opens a message and verifies its signature. @throws UnavailableError, ValidationError, VerificationError, CodecError */
export function unprotectPrivate(suite: CipherSuite, keys: EpochKeys, message: PrivateMessage): Unprotected {
  const { groupId, epoch, contentType: type, authenticatedData, ciphertext } = message;
  const { key, nonce } = senderDataKey(suite, keys.senderDataSecret, ciphertext);
  const dataAad = encode(senderDataAad, { groupId, epoch, contentType: type });
  const data = decode(senderData, suite.aead.open(key, nonce, dataAad, message.encryptedSenderData));
  wipe(key, nonce);
  const signatureKey = keys.signatureKeys[data.leafIndex];
  if (signatureKey === undefined) throw new ValidationError("§6.3.2", "The sender's leaf is blank");
  const used = keyOf(suite, keys.secretTree, data.leafIndex, ratchetOf(type), data.generation);
  const aad = encode(contentAad, { groupId, epoch, contentType: type, authenticatedData });
  const plaintext = suite.aead.open(used.key, guarded(used.nonce, data.reuseGuard), aad, ciphertext);
  const reader = new Reader(plaintext);
  const content = contentOf(type).read(reader);
  const auth = authData(type).read(reader);
  if (reader.bytes(reader.left).some((byte) => byte !== 0))
    throw new CodecError("§6.3.1", "The padding is not zero");
  wipe(plaintext);
  const opened: AuthenticatedContent = {
    wireFormat: "mls_private_message",
    content: {
      groupId,
      epoch,
      sender: { type: "member", leafIndex: data.leafIndex },
      authenticatedData,
      content,
    },
    auth,
  };
  verifyContent(suite, signatureKey, opened, keys.context);
  wipe(used.key, used.nonce);
  return { content: opened, sender: data.leafIndex, used };
}

/** Derives key and nonce from a sample of the ciphertext (§6.3.2). */
function senderDataKey(suite: CipherSuite, secret: Uint8Array, ciphertext: Uint8Array) {
  return keyAndNonce(suite, secret, ciphertext.subarray(0, suite.kdf.bytes));
}

/** Applies the reuse guard to a nonce (§6.3.1). */
function guarded(nonce: Uint8Array, reuseGuard: Uint8Array): Uint8Array {
  return nonce.map((byte, i) => byte ^ (reuseGuard[i] ?? 0));
}
