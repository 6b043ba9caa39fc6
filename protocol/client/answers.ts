/** What the server may answer to each request. Any other answer is a broken protocol. */
import { ProtocolError, RefusedError, refusal } from "../errors.ts";
import { MAX_ERROR_DETAIL_CHARACTERS, MAX_INVITE_CHARACTERS, MAX_RETRY_AFTER_MS } from "../limits.ts";
import type { ConversationId, Username } from "../names.ts";
import type { Envelope } from "../wire/batch.ts";
import {
  AckSchema,
  BlockedListSchema,
  Delivery,
  ErrorSchema,
  InviteSchema,
  Opcode,
  UserNotFoundSchema,
} from "../wire/parley_pb.ts";
import { readBody, readConversation, readName } from "./bodies.ts";
import type { DeliveryState, OnlineUsers } from "./events.ts";
import { readUserList } from "./people.ts";

/** Makes the request's result of its answer. @throws RefusedError for a no, ProtocolError for an answer that is none */
export type ReadAnswer<Result> = (answer: Envelope) => Result;

/** To PING, BLOCK and UNBLOCK. */
export function acknowledged(answer: Envelope): void {
  expect(answer, Opcode.ACK);
  readBody(AckSchema, answer.body);
}

/** To ACCEPT, REFUSE, MESSAGE, CC_SESSION_ESTABLISHMENT and NOTIFY. */
export function delivered(answer: Envelope): DeliveryState {
  expect(answer, Opcode.ACK);
  const { delivery } = readBody(AckSchema, answer.body);
  if (delivery === Delivery.RECEIVED) return "received";
  if (delivery === Delivery.STORED) return "stored";
  throw new ProtocolError("bad-message", "an ACK that does not say what became of the delivery");
}

/** To RTT, which is never stored. */
export function asked(conversation: ConversationId): ReadAnswer<void> {
  return (answer) => {
    if (answer.opcode === Opcode.USER_NOT_FOUND) {
      const notFound = readBody(UserNotFoundSchema, answer.body);
      if (readConversation(notFound.conversation) !== conversation)
        throw new ProtocolError("bad-message", "USER_NOT_FOUND for another conversation");
      throw new RefusedError("user-not-found", "nobody of that name is there to be asked");
    }
    acknowledged(answer);
  };
}

/** To LIST. */
export function listed(answer: Envelope): OnlineUsers {
  expect(answer, Opcode.LIST);
  return readUserList(answer.body);
}

/** To BLOCKED. */
export function namesBlocked(answer: Envelope): readonly Username[] {
  expect(answer, Opcode.BLOCKED);
  return readBody(BlockedListSchema, answer.body).names.map(readName);
}

/** To INVITE. The link is for handing on: whoever uses it parses it. */
export function invited(answer: Envelope): { readonly link: string; readonly expiresAt: Date } {
  expect(answer, Opcode.INVITE);
  const { link, expiresAt } = readBody(InviteSchema, answer.body);
  const expires = new Date(Number(expiresAt) * 1000);
  if (!link.startsWith("parley://") || link.length > MAX_INVITE_CHARACTERS || Number.isNaN(expires.getTime()))
    throw new ProtocolError("bad-message", "an INVITE without a usable link or date");
  return { link, expiresAt: expires };
}

/** @returns what an ERROR body says. Its text is for logs: bounded, and without control characters. */
export function readRefusal(body: Uint8Array): RefusedError {
  const { code, detail, retryAfterMs, conversation } = readBody(ErrorSchema, body);
  const text = detail.slice(0, MAX_ERROR_DETAIL_CHARACTERS).replace(/\p{C}/gu, "\u{fffd}");
  return refusal(
    code,
    text,
    Math.min(retryAfterMs, MAX_RETRY_AFTER_MS),
    conversation.length > 0 ? readConversation(conversation) : undefined,
  );
}

function expect(answer: Envelope, opcode: Opcode): void {
  if (answer.opcode === Opcode.ERROR) throw readRefusal(answer.body);
  if (answer.opcode !== opcode)
    throw new ProtocolError("bad-message", `opcode ${answer.opcode} as answer where ${opcode} was due`);
}
