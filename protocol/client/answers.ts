/** The answers that the server may give to each request. Any other answer is a broken protocol. */
import { ProtocolError, RefusedError, refusal, TrustError } from "../errors.ts";
import { type RequestKeyPlace, type SignedRequestKey, verifyRequestKey } from "../identity/request-key.ts";
import {
  MAX_BLOB_PART_BYTES,
  MAX_ERROR_DETAIL_CHARACTERS,
  MAX_INVITE_CHARACTERS,
  MAX_LISTED_CONVERSATIONS,
  MAX_RETRY_AFTER_MS,
  XWING_PUBLIC_KEY_BYTES,
} from "../limits.ts";
import type { ConversationId, Username } from "../names.ts";
import type { Envelope } from "../wire/batch.ts";
import {
  AckSchema,
  BlobPartSchema,
  BlobStateSchema,
  BlockedListSchema,
  ConversationListSchema,
  Delivery,
  ErrorSchema,
  InviteSchema,
  Opcode,
  RequestKeySchema,
  UserNotFoundSchema,
} from "../wire/parley_pb.ts";
import { readBody, readConversation, readIdentityKey, readName } from "./bodies.ts";
import type { DeliveryState, OnlineUsers } from "./events.ts";
import { readUserList } from "./people.ts";

/** The latest Unix time, in seconds, that a number holds exactly. */
const LATEST = BigInt(Number.MAX_SAFE_INTEGER);

/**
 * Converts an answer to the request's result.
 * @throws RefusedError for a refusal, ProtocolError for an invalid answer
 */
export type ReadAnswer<Result> = (answer: Envelope) => Result;

/** Reads the answer to PING, BLOCK, UNBLOCK, BLOB_PUT, BLOB_DROP, and REQUEST_KEY with a key. */
export function acknowledged(answer: Envelope): void {
  expect(answer, Opcode.ACK);
  readBody(AckSchema, answer.body);
}

/** Reads the answer to ACCEPT, REFUSE, MESSAGE, CC_SESSION_ESTABLISHMENT and NOTIFY. */
export function delivered(answer: Envelope): DeliveryState {
  expect(answer, Opcode.ACK);
  const { delivery } = readBody(AckSchema, answer.body);
  if (delivery === Delivery.RECEIVED) return "received";
  if (delivery === Delivery.STORED) return "stored";
  throw new ProtocolError("bad-message", "an ACK that does not say what became of the delivery");
}

/** Reads the answer to RTT, which is never stored. */
export function asked(conversation: ConversationId): ReadAnswer<void> {
  return (answer) => {
    if (answer.opcode === Opcode.USER_NOT_FOUND) {
      const notFound = readBody(UserNotFoundSchema, answer.body);
      if (readConversation(notFound.conversation) !== conversation)
        throw new ProtocolError("bad-message", "USER_NOT_FOUND for another conversation");
      throw notThere();
    }
    acknowledged(answer);
  };
}

/**
 * Reads the answer to REQUEST_KEY without a key. The reader throws TrustError "identity-mismatch" for a key
 * without a valid signature.
 */
export function requestKeyOf(place: RequestKeyPlace): ReadAnswer<SignedRequestKey> {
  return (answer) => {
    if (answer.opcode === Opcode.USER_NOT_FOUND) {
      if (readName(readBody(UserNotFoundSchema, answer.body).peer) !== place.name)
        throw new ProtocolError("bad-message", "USER_NOT_FOUND for another person");
      throw notThere();
    }
    expect(answer, Opcode.REQUEST_KEY);
    const { name, identityKey, key, validUntil, signature } = readBody(RequestKeySchema, answer.body);
    if (readName(name) !== place.name || key.length !== XWING_PUBLIC_KEY_BYTES || validUntil > LATEST)
      throw new ProtocolError("bad-message", "no request key of that person");
    const read = { identityKey: readIdentityKey(identityKey), key, validUntil: Number(validUntil) };
    if (!verifyRequestKey(identityKey, signature, place, read))
      throw new TrustError("identity-mismatch", "a request key is not signed by the identity it names");
    return read;
  };
}

/** Reads the answer to LIST. */
export function listed(answer: Envelope): OnlineUsers {
  expect(answer, Opcode.LIST);
  return readUserList(answer.body);
}

/** Reads the answer to BLOCKED. */
export function namesBlocked(answer: Envelope): readonly Username[] {
  expect(answer, Opcode.BLOCKED);
  return readBody(BlockedListSchema, answer.body).names.map(readName);
}

/** Parses the answer to CONVERSATIONS. Ids must be ascending, or paging with `after` might never end. */
export function conversationsAfter(after: ConversationId | undefined): ReadAnswer<readonly ConversationId[]> {
  return (answer) => {
    expect(answer, Opcode.CONVERSATIONS);
    const ids = readBody(ConversationListSchema, answer.body).conversations.map(readConversation);
    const isAscending = ids.every((id, place) => id > (ids[place - 1] ?? after ?? ""));
    if (ids.length > MAX_LISTED_CONVERSATIONS || !isAscending)
      throw new ProtocolError("bad-message", "conversations too many at once, or out of order");
    return ids;
  };
}

/** The server's state of a blob that this client uploads. */
export interface BlobState {
  /** How many bytes the server has; all of them once the blob is complete. */
  readonly offset: number;
  /** When the server deletes it. */
  readonly availableUntil: Date;
}

/** Parses the answer to BLOB_OPEN. @param bytes of the whole blob */
export function blobState(bytes: number): ReadAnswer<BlobState> {
  return (answer) => {
    expect(answer, Opcode.BLOB_OPEN);
    const { offset, availableUntil } = readBody(BlobStateSchema, answer.body);
    const until = new Date(Number(availableUntil) * 1000);
    if (offset > BigInt(bytes) || Number.isNaN(until.getTime()))
      throw new ProtocolError("bad-message", "a BLOB_OPEN without a usable offset or date");
    return { offset: Number(offset), availableUntil: until };
  };
}

/**
 * Parses the answer to BLOB_GET. The reader throws TrustError "undecryptable" where the blob's size is not
 * `bytes`. A peer gave that size, so a mismatch must not end the line to the server.
 */
export function blobPart(offset: number, bytes: number): ReadAnswer<Uint8Array> {
  return (answer) => {
    expect(answer, Opcode.BLOB_GET);
    const read = readBody(BlobPartSchema, answer.body);
    if (read.bytes !== BigInt(bytes))
      throw new TrustError("undecryptable", "the blob has another size than its message says");
    if (read.offset !== BigInt(offset) || read.part.length !== Math.min(MAX_BLOB_PART_BYTES, bytes - offset))
      throw new ProtocolError("bad-message", "another part of a blob than was asked for");
    return read.part;
  };
}

/** Reads the answer to INVITE. The link is only passed on: its user's client parses it. */
export function invited(answer: Envelope): { readonly link: string; readonly expiresAt: Date } {
  expect(answer, Opcode.INVITE);
  const { link, expiresAt } = readBody(InviteSchema, answer.body);
  const expires = new Date(Number(expiresAt) * 1000);
  if (!link.startsWith("parley://") || link.length > MAX_INVITE_CHARACTERS || Number.isNaN(expires.getTime()))
    throw new ProtocolError("bad-message", "an INVITE without a usable link or date");
  return { link, expiresAt: expires };
}

/** Parses an ERROR body. Its text is for logs: bounded, and one printable line. */
export function readRefusal(body: Uint8Array): RefusedError {
  const { code, detail, retryAfterMs, conversation } = readBody(ErrorSchema, body);
  const text = detail.slice(0, MAX_ERROR_DETAIL_CHARACTERS).replace(/[\p{C}\p{Zl}\p{Zp}]/gu, "\u{fffd}");
  return refusal(
    code,
    text,
    Math.min(retryAfterMs, MAX_RETRY_AFTER_MS),
    conversation.length > 0 ? readConversation(conversation) : undefined,
  );
}

function notThere(): RefusedError {
  return new RefusedError("user-not-found", "nobody of that name is there to be asked");
}

function expect(answer: Envelope, opcode: Opcode): void {
  if (answer.opcode === Opcode.ERROR) throw readRefusal(answer.body);
  if (answer.opcode !== opcode)
    throw new ProtocolError("bad-message", `opcode ${answer.opcode} as answer where ${opcode} was due`);
}
