/** Frames over a byte stream: u32 length (big-endian) | that many bytes. */
import { ProtocolError } from "../errors.ts";

export const PREFIX_BYTES = 4;
const NOTHING = new Uint8Array(0);

/** @returns `payload` with its length before it, in a new buffer. */
export function frame(payload: Uint8Array): Uint8Array {
  const bytes = Buffer.allocUnsafe(PREFIX_BYTES + payload.length);
  bytes.writeUInt32BE(payload.length, 0);
  bytes.set(payload, PREFIX_BYTES);
  return bytes;
}

/**
 * Cuts a stream back into frames, however the network cut it. Holds at most one frame of `maxBytes`
 * and what the last push left over.
 */
export class FrameReader {
  /** Largest payload accepted, bytes. May be changed between frames: it counts when a length is read. */
  maxBytes: number;
  /** The prefix as far as it is there. */
  #length = 0;
  #prefixFilled = 0;
  /** A frame that came in pieces. */
  #payload: Uint8Array | undefined;
  #payloadFilled = 0;
  #rest: Uint8Array = NOTHING;

  constructor(maxBytes: number) {
    this.maxBytes = maxBytes;
  }

  /**
   * @param chunk the next bytes of the stream, of any length; the reader keeps them, so they must not change.
   * @param most stop after so many frames and keep the bytes behind them for the next call: what comes after
   *   a handshake's last message belongs to somebody else and stays under another bound.
   * @returns the frames now complete, without their prefix; those that came in one piece are views into the chunk.
   * @throws ProtocolError "frame-too-large" before anything is allocated, and again on each later call. Frames
   *   before that length are returned first: then it is the next call that throws.
   */
  push(chunk: Uint8Array, most = Number.POSITIVE_INFINITY): Uint8Array[] {
    const bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    const frames: Uint8Array[] = [];
    let at = 0;
    while (frames.length < most) {
      if (this.#payload === undefined) {
        at = this.#readPrefix(bytes, at);
        if (this.#prefixFilled < PREFIX_BYTES) break;
        const length = this.#length;
        if (length > this.maxBytes) {
          if (frames.length > 0) break;
          throw new ProtocolError(
            "frame-too-large",
            `a frame of ${length} bytes was announced, ${this.maxBytes} are allowed`,
          );
        }
        if (bytes.length - at >= length) {
          frames.push(new Uint8Array(bytes.buffer, bytes.byteOffset + at, length));
          at += length;
          this.#prefixFilled = 0;
          continue;
        }
        this.#payload = new Uint8Array(length);
        this.#payloadFilled = 0;
      }
      const payload = this.#payload;
      const taken = bytes.subarray(at, at + payload.length - this.#payloadFilled);
      payload.set(taken, this.#payloadFilled);
      this.#payloadFilled += taken.length;
      at += taken.length;
      if (this.#payloadFilled < payload.length) break;
      frames.push(payload);
      this.#payload = undefined;
      this.#prefixFilled = 0;
    }
    this.#rest = at === bytes.length ? NOTHING : bytes.subarray(at);
    return frames;
  }

  /** @returns where the prefix ends, or the bytes do. */
  #readPrefix(bytes: Uint8Array, start: number): number {
    let at = start;
    if (this.#prefixFilled === 0) this.#length = 0;
    for (; this.#prefixFilled < PREFIX_BYTES && at < bytes.length; at++, this.#prefixFilled++)
      this.#length = this.#length * 256 + (bytes[at] ?? 0);
    return at;
  }
}
