/** The shape of a verb's handler, and the services that it may use. */
import { type DescMessage, fromBinary, type MessageShape } from "@bufbuild/protobuf";
import { ProtocolError } from "../../protocol/errors.ts";
import { type ConversationId, conversationIdFrom } from "../../protocol/names.ts";
import { hasFewFields } from "../../protocol/wire/few-fields.ts";
import { ErrorCode, Opcode } from "../../protocol/wire/parley_pb.ts";
import { EMPTY } from "../gateway/answers.ts";
import type { Outcome } from "../routing/awaited.ts";
import type { OnlineUser } from "../routing/presence.ts";
import type { Services } from "../services.ts";
import { words } from "../words/words.ts";

/** One request in progress. Answers are dropped if the client asked for none (id 0) or has left. */
export interface Call {
  readonly opcode: Opcode;
  readonly id: number;
  /** The body as received; do not modify it. */
  readonly body: Uint8Array;
  readonly user: OnlineUser;
  readonly services: Services;
  answer(opcode: Opcode, body: Uint8Array): void;
  /**
   * Takes more units, for costs that are known only during the work.
   * @returns false if there are not enough, and the request is refused
   */
  affords(units: number): boolean;
  /**
   * Calls `work` once nothing waits to be sent to the user; never if the connection ends first. Used for
   * answers as large as a chunk: messages are sent first, and the answer is made only for a client that
   * reads.
   */
  whenIdle(work: () => void): void;
  /** Handles an error as if run() had thrown it. */
  fail(error: unknown): void;
  /** Sends ERROR. */
  refuse(code: ErrorCode, detail: string, conversation?: ConversationId): void;
  /** Returns a function that sends ACK or the ERROR for an outcome; for mail of `conversation`. */
  settle(conversation: ConversationId): (outcome: Outcome) => void;
}

export interface Verb {
  /** A larger body is a protocol error, detected before it is parsed. */
  readonly maxBodyBytes: number;
  /**
   * Work units taken from the user's budget (limits.ts): test/attacks/prices.test.ts compares them with the
   * measured cost.
   */
  readonly cost: (call: Call) => number;
  /** Work that can wait: it leaves a part of the user's budget for everything else. */
  readonly isBulk?: boolean;
  /**
   * Executes a request.
   * @throws Refusal: answered, and the connection continues.
   * @throws ProtocolError: the connection ends
   */
  run(call: Call): void;
}

const BYTES_PER_WORK_UNIT = 1024;

/** Returns the work units that forwarding a body costs. */
export function costOfBytes(bytes: number): number {
  return Math.floor(bytes / BYTES_PER_WORK_UNIT);
}

interface Definition<Schema extends DescMessage> {
  readonly schema: Schema;
  readonly maxBodyBytes: number;
  readonly cost: (call: Call) => number;
  readonly isBulk?: boolean;
  readonly handle: (call: Call, message: MessageShape<Schema>) => void;
}

/** Makes a verb whose body is a Protocol Buffers message. */
export function verb<Schema extends DescMessage>(definition: Definition<Schema>): Verb {
  const { schema, maxBodyBytes, cost, isBulk = false, handle } = definition;
  return { maxBodyBytes, cost, isBulk, run: (call) => handle(call, decode(schema, call.body)) };
}

/** Makes a verb without a body. */
export function bareVerb(cost: (call: Call) => number, handle: (call: Call) => void): Verb {
  return { maxBodyBytes: 0, cost, run: handle };
}

/** Sends ACK once everything written so far is durable. */
export function acknowledgeOnceStored(call: Call): void {
  call.services.store.committed().then(
    () => call.answer(Opcode.ACK, EMPTY),
    () => call.refuse(ErrorCode.INTERNAL, words.refusals.message.notStored),
  );
}

/**
 * Decodes a body.
 * @throws ProtocolError also for more fields than any message has, each of which would cost time
 */
export function decode<Schema extends DescMessage>(schema: Schema, body: Uint8Array): MessageShape<Schema> {
  try {
    if (!hasFewFields(body)) throw new Error("too many fields");
    return fromBinary(schema, body);
  } catch (cause) {
    throw new ProtocolError("bad-message", `not a ${schema.name}`, { cause });
  }
}

/**
 * Returns a message's conversation id.
 * @throws ProtocolError if it is not 16 bytes
 */
export function conversationOf(message: { readonly conversation: Uint8Array }): ConversationId {
  const id = conversationIdFrom(message.conversation);
  if (id === undefined) throw new ProtocolError("bad-message", "a conversation id has 16 bytes");
  return id;
}
