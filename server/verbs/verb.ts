/** The shape of a verb's handler, and the services it may use. */
import { type DescMessage, fromBinary, type MessageShape } from "@bufbuild/protobuf";
import { ProtocolError } from "../../protocol/errors.ts";
import { type ConversationId, conversationIdFrom } from "../../protocol/names.ts";
import { hasFewFields } from "../../protocol/wire/few-fields.ts";
import { ErrorCode, Opcode } from "../../protocol/wire/parley_pb.ts";
import { EMPTY } from "../gateway/answers.ts";
import type { Outcome } from "../routing/outbox.ts";
import type { OnlineUser } from "../routing/presence.ts";
import type { Services } from "../services.ts";
import { words } from "../words/words.ts";

/** One request under way. Answers are dropped where the client asked for none (id 0) or has gone. */
export interface Call {
  readonly opcode: Opcode;
  readonly id: number;
  /** As it came; not to be modified. */
  readonly body: Uint8Array;
  readonly user: OnlineUser;
  readonly services: Services;
  answer(opcode: Opcode, body: Uint8Array): void;
  /** Takes more units, for costs that show only within. @returns false where there are none left, and the request is refused */
  affords(units: number): boolean;
  /**
   * Calls `work` as soon as nothing waits to be sent to the user, with everything said since then before it: for answers of the size
   * of a chunk, which are to wait for messages, and to be made for readers only. Never, where the connection ends before that.
   */
  whenIdle(work: () => void): void;
  /** As if the error had been thrown in run(). */
  fail(error: unknown): void;
  /** ERROR */
  refuse(code: ErrorCode, detail: string, conversation?: ConversationId): void;
  /** ACK, or the ERROR that says why not; for mail of `conversation`. */
  settle(conversation: ConversationId): (outcome: Outcome) => void;
}

export interface Verb {
  /** A larger body is a protocol error, found before it is parsed. */
  readonly maxBodyBytes: number;
  /** Work units taken from the user's budget (limits.ts): test/attacks/prices.test.ts holds them to the measured cost. */
  readonly cost: (call: Call) => number;
  /** Work that can wait: it leaves a part of the user's budget to everything else. */
  readonly isBulk?: boolean;
  /** @throws Refusal: answered, the connection goes on. @throws ProtocolError: the connection ends. */
  run(call: Call): void;
}

const BYTES_PER_WORK_UNIT = 1024;

/** @returns the work units that it costs to pass a body on */
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

/** A verb whose body is a Protocol Buffers message. */
export function verb<Schema extends DescMessage>(definition: Definition<Schema>): Verb {
  const { schema, maxBodyBytes, cost, isBulk = false, handle } = definition;
  return { maxBodyBytes, cost, isBulk, run: (call) => handle(call, decode(schema, call.body)) };
}

/** A verb without a body. */
export function bareVerb(cost: (call: Call) => number, handle: (call: Call) => void): Verb {
  return { maxBodyBytes: 0, cost, run: handle };
}

/** ACK once all that was written so far is on disk. */
export function acknowledgeOnceStored(call: Call): void {
  call.services.store.committed().then(
    () => call.answer(Opcode.ACK, EMPTY),
    () => call.refuse(ErrorCode.INTERNAL, words.refusals.message.notStored),
  );
}

/** @throws ProtocolError also where it has more fields than any message, each of which would cost */
export function decode<Schema extends DescMessage>(schema: Schema, body: Uint8Array): MessageShape<Schema> {
  try {
    if (!hasFewFields(body)) throw new Error("too many fields");
    return fromBinary(schema, body);
  } catch (cause) {
    throw new ProtocolError("bad-message", `not a ${schema.name}`, { cause });
  }
}

/** @throws ProtocolError where it is not 16 bytes */
export function conversationOf(message: { readonly conversation: Uint8Array }): ConversationId {
  const id = conversationIdFrom(message.conversation);
  if (id === undefined) throw new ProtocolError("bad-message", "a conversation id has 16 bytes");
  return id;
}
