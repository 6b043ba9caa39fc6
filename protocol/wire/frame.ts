/** Frames over a byte stream: u32 length (big-endian) | that many bytes. */
import { ProtocolError } from "../errors.ts";

export const PREFIX_BYTES = 4;
const NOTHING = new Uint8Array(0);
/**
 * Initial buffer for a frame that arrives in pieces: memory grows with bytes that have arrived, never with an
 * announced length.
 */
const FIRST_ROOM_BYTES = 1024;
const GROWTH = 4;
/** Memory of a chunk beside its bytes: a network can deliver single bytes. */
const CHUNK_BYTES = 256;

/** Returns `payload` with its length before it, in a new buffer. */
export function frame(payload: Uint8Array): Uint8Array {
  const bytes = Buffer.allocUnsafe(PREFIX_BYTES + payload.length);
  bytes.writeUInt32BE(payload.length, 0);
  bytes.set(payload, PREFIX_BYTES);
  return bytes;
}

/**
 * Splits a stream back into frames, however the network cut it. Time is linear in the bytes, and so is
 * memory: it holds bytes that were pushed and not yet returned, and a buffer of a few times that.
 */
export class FrameReader {
  /** Largest payload accepted, bytes. May be changed between frames: it applies when a length is read. */
  maxBytes: number;
  /** Bytes that were pushed and not yet split; the first chunk from `#at` on. */
  readonly #chunks: Uint8Array[] = [];
  #first = 0;
  #at = 0;
  #uncutBytes = 0;
  /** The part of the prefix that has arrived. */
  #length = 0;
  #prefixFilled = 0;
  /** A frame that arrived in pieces, with room for more. */
  #payload = NOTHING;
  #payloadFilled = 0;

  constructor(maxBytes: number) {
    this.maxBytes = maxBytes;
  }

  /** Memory of bytes that were pushed and not yet returned. */
  get heldBytes(): number {
    return this.#uncutBytes + (this.#chunks.length - this.#first) * CHUNK_BYTES + this.#payload.length;
  }

  /** True when all pushed bytes were returned. */
  get isEmpty(): boolean {
    return this.#uncutBytes === 0 && this.#prefixFilled === 0;
  }

  /**
   * Adds bytes and returns frames.
   * @param chunk the next bytes of the stream, of any length; the reader keeps them, so they must not change.
   * @param most return at most this many frames and keep the bytes behind them for the next call: bytes after
   * a handshake's last message belong to another reader with another bound.
   * @returns the frames now complete, without their prefix; those that arrived in one piece are views into
   * the chunk.
   * @throws ProtocolError "frame-too-large" before anything is allocated, and again on each later call.
   * Frames before that length are returned first, and the next call throws.
   */
  push(chunk: Uint8Array, most = Number.POSITIVE_INFINITY): Uint8Array[] {
    this.add(chunk);
    const frames: Uint8Array[] = [];
    while (frames.length < most && this.#readPrefix()) {
      if (this.#length > this.maxBytes && frames.length > 0) break;
      const payload = this.next();
      if (payload === undefined) break;
      frames.push(payload);
    }
    return frames;
  }

  /** Adds bytes without splitting them. */
  add(chunk: Uint8Array): void {
    if (chunk.length > 0) this.#chunks.push(chunk);
    this.#uncutBytes += chunk.length;
  }

  /**
   * Returns the next frame as push() would, or undefined while it is incomplete.
   * @throws ProtocolError "frame-too-large"
   */
  next(): Uint8Array | undefined {
    if (!this.#readPrefix()) return undefined;
    if (this.#length > this.maxBytes)
      throw new ProtocolError(
        "frame-too-large",
        `a frame of ${this.#length} bytes was announced, ${this.maxBytes} are allowed`,
      );
    return this.#readPayload();
  }

  /**
   * Reads the prefix.
   * @returns whether it is complete
   */
  #readPrefix(): boolean {
    const chunk = this.#chunks[this.#first];
    if (this.#prefixFilled === 0 && chunk !== undefined && chunk.length - this.#at >= PREFIX_BYTES) {
      const at = this.#at;
      this.#length =
        (chunk[at] ?? 0) * 0x1000000 +
        ((chunk[at + 1] ?? 0) << 16) +
        ((chunk[at + 2] ?? 0) << 8) +
        (chunk[at + 3] ?? 0);
      this.#prefixFilled = PREFIX_BYTES;
      this.#advance(PREFIX_BYTES);
      return true;
    }
    while (this.#prefixFilled < PREFIX_BYTES) {
      const byte = this.#chunks[this.#first]?.[this.#at];
      if (byte === undefined) return false;
      this.#length = (this.#prefixFilled === 0 ? 0 : this.#length) * 256 + byte;
      this.#prefixFilled += 1;
      this.#advance(1);
    }
    return true;
  }

  /**
   * Reads the payload.
   * @returns undefined while it is incomplete
   */
  #readPayload(): Uint8Array | undefined {
    const whole = this.#payloadFilled === 0 ? this.#inOnePiece() : undefined;
    const payload = whole ?? this.#gathered();
    if (payload === undefined) return undefined;
    this.#prefixFilled = this.#payloadFilled = 0;
    this.#payload = NOTHING;
    return payload;
  }

  #inOnePiece(): Uint8Array | undefined {
    const length = this.#length;
    if (length === 0) return NOTHING;
    const chunk = this.#chunks[this.#first];
    if (chunk === undefined || chunk.length - this.#at < length) return undefined;
    const payload = new Uint8Array(chunk.buffer, chunk.byteOffset + this.#at, length);
    this.#advance(length);
    return payload;
  }

  #gathered(): Uint8Array | undefined {
    while (this.#payloadFilled < this.#length) {
      const chunk = this.#chunks[this.#first];
      if (chunk === undefined) return undefined;
      const piece = chunk.subarray(this.#at, this.#at + this.#length - this.#payloadFilled);
      this.#makeRoom(this.#payloadFilled + piece.length);
      this.#payload.set(piece, this.#payloadFilled);
      this.#payloadFilled += piece.length;
      this.#advance(piece.length);
    }
    return this.#payload;
  }

  /** Grows by a factor, so that copying stays linear in total; never beyond the frame. */
  #makeRoom(bytes: number): void {
    if (bytes <= this.#payload.length) return;
    const room = Math.min(this.#length, Math.max(bytes, GROWTH * this.#payload.length, FIRST_ROOM_BYTES));
    // Uninitialised, since it is returned only when its last byte has been written.
    const larger = new Uint8Array(Buffer.allocUnsafeSlow(room).buffer);
    larger.set(this.#payload);
    this.#payload = larger;
  }

  #advance(bytes: number): void {
    this.#at += bytes;
    this.#uncutBytes -= bytes;
    if (this.#at < (this.#chunks[this.#first]?.length ?? 0)) return;
    this.#at = 0;
    this.#chunks[this.#first] = NOTHING;
    this.#first += 1;
    if (this.#first < this.#chunks.length) return;
    this.#chunks.length = 0;
    this.#first = 0;
  }
}
