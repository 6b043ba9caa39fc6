/**
 * The library for client programs: also built as one ES module, dist/protocol/index.js. docs/PROTOCOL.md
 * shows such a program in thirty lines.
 */
import { requireRuntime } from "./runtime.ts";

export { type BlobSource, downloadBlob, type Transfer, uploadBlob } from "./client/blobs.ts";
export {
  type AcceptDelivered,
  Client,
  type ClientEvents,
  type ClientOptions,
  type ClientState,
  type Delivered,
  type DeliveryState,
  type EstablishmentDelivered,
  type MessageDelivered,
  type OnlineUser,
  type OnlineUsers,
  type RequestDelivered,
  type RequestForged,
} from "./client/client.ts";
export type { Content } from "./e2ee/content.ts";
export {
  Conversation,
  inspectKeyPackage,
  type Joining,
  type KeyCheck,
  type KeyPackageOwner,
  type Opened,
  prepareToJoin,
  type Sealed,
} from "./e2ee/conversation.ts";
export { MAX_RECEIPT_IDS } from "./e2ee/kinds/receipt.ts";
export {
  generateRequestKey,
  isNote,
  type Note,
  type NotePlace,
  noteMessageId,
  openNote,
  sealNote,
} from "./e2ee/note.ts";
export { type FileFacts, openFile, sealedFileBytes, sealFile } from "./e2ee/sealed-file.ts";
export {
  NetworkError,
  ParleyError,
  ProtocolError,
  RefusedError,
  TrustError,
  UsageError,
} from "./errors.ts";
export { fingerprint, Identity } from "./identity/identity.ts";
export { editorInviteLink, type Invite, inviteLink, parseInvite } from "./identity/invite.ts";
export type { RequestKey, SignedRequestKey } from "./identity/request-key.ts";
export { type SafetyNumberParty, safetyNumber } from "./identity/safety-number.ts";
export { MAX_KEY_MATERIAL_BYTES, MAX_PLAINTEXT_BYTES, MAX_SEALED_BYTES } from "./limits.ts";
export {
  type BlobId,
  type ConversationId,
  type MessageId,
  newBlobId,
  newConversationId,
  newMessageId,
  parseUsername,
  type Username,
  username,
} from "./names.ts";

requireRuntime(process.versions.node);
