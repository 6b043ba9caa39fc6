/** The plaintext of a record: one or more envelopes, each u8 opcode | u32 id | u32 length | that many bytes of body. */
import { isUnknownEnum } from "@bufbuild/protobuf";
import { ProtocolError } from "../errors.ts";
import { type Opcode, OpcodeSchema } from "./parley_pb.ts";

export interface Envelope {
  readonly opcode: Opcode;
  /** Matches an answer to its request; 0 asks for no answer. u32. */
  readonly id: number;
  /** The message of type `opcode`, as Protocol Buffers. */
  readonly body: Uint8Array;
}

/** Bytes that an envelope adds to its body. */
export const ENVELOPE_BYTES = 1 + 4 + 4;

/** Encodes envelopes one after the other, in a new buffer. */
export function encodeBatch(envelopes: readonly Envelope[]): Uint8Array {
  const size = envelopes.reduce((sum, { body }) => sum + ENVELOPE_BYTES + body.length, 0);
  const bytes = Buffer.allocUnsafe(size);
  let at = 0;
  for (const { opcode, id, body } of envelopes) {
    at = bytes.writeUInt8(opcode, at);
    at = bytes.writeUInt32BE(id, at);
    at = bytes.writeUInt32BE(body.length, at);
    bytes.set(body, at);
    at += body.length;
  }
  return bytes;
}

/**
 * Splits `envelopes`, in their order, into as few batches of at most `maxBytes` as possible; a larger
 * envelope gets a batch of its own.
 */
export function inBatches(envelopes: readonly Envelope[], maxBytes: number): Envelope[][] {
  const batches: Envelope[][] = [];
  let room = 0;
  for (const envelope of envelopes) {
    const size = ENVELOPE_BYTES + envelope.body.length;
    const last = batches.at(-1);
    if (last === undefined || size > room) {
      batches.push([envelope]);
      room = maxBytes - size;
    } else {
      last.push(envelope);
      room -= size;
    }
  }
  return batches;
}

/**
 * Parses a record.
 * @param bytes an opened record; the bodies are views into it.
 * @returns its envelopes, created one by one when read, so that a record of thousands is held as bytes only
 * @throws ProtocolError "bad-message" at once for an empty record, an unknown opcode, or missing or surplus
 * bytes anywhere in it.
 */
export function decodeBatch(bytes: Uint8Array): Batch {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length === 0) throw new ProtocolError("bad-message", "an empty record");
  for (let at = 0; at < bytes.length; ) {
    if (bytes.length - at < ENVELOPE_BYTES)
      throw new ProtocolError("bad-message", "an envelope is cut short");
    const opcode = view.getUint8(at);
    if (isUnknownEnum(OpcodeSchema, opcode))
      throw new ProtocolError("bad-message", `there is no opcode ${opcode}`);
    const length = view.getUint32(at + 5);
    at += ENVELOPE_BYTES;
    if (length > bytes.length - at)
      throw new ProtocolError("bad-message", `a body of ${length} bytes, ${bytes.length - at} are left`);
    at += length;
  }
  return new Batch(bytes, view);
}

/** The envelopes of one record, in order. */
class Batch implements Iterable<Envelope> {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #at = 0;

  /**
   * @param bytes already checked.
   * @param view of the same bytes
   */
  constructor(bytes: Uint8Array, view: DataView) {
    this.#bytes = bytes;
    this.#view = view;
  }

  /** Returns the next envelope, or undefined after the last. */
  next(): Envelope | undefined {
    if (this.isOver) return undefined;
    const [at, view] = [this.#at, this.#view];
    const start = at + ENVELOPE_BYTES;
    this.#at = start + view.getUint32(at + 5);
    return {
      opcode: view.getUint8(at) as Opcode,
      id: view.getUint32(at + 1),
      body: this.#bytes.subarray(start, this.#at),
    };
  }

  /** True once all envelopes were returned. */
  get isOver(): boolean {
    return this.#at === this.#bytes.length;
  }

  *[Symbol.iterator](): Generator<Envelope, void> {
    for (let next = this.next(); next !== undefined; next = this.next()) yield next;
  }
}

export type { Batch };
