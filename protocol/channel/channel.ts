/**
 * Sealed records after the handshake: u32 length | AES-256-GCM ciphertext and tag. The record's number is the
 * nonce and its length the associated data, so a record that was replayed, reordered, dropped, cut or forged
 * does not open. A record may be larger than Noise's 65535 bytes (§3); its bound is MAX_FRAME_BYTES.
 */
import { ProtocolError, UsageError } from "../errors.ts";
import { MAX_FRAME_BYTES, RECORDS_PER_KEY } from "../limits.ts";
import { PREFIX_BYTES } from "../wire/frame.ts";
import { type CipherState, TAG_BYTES } from "./cipher.ts";
import type { Transport } from "./noise.ts";

export const MAX_RECORD_PLAINTEXT_BYTES = MAX_FRAME_BYTES - TAG_BYTES;

/** From this size on, avoiding a copy of the ciphertext saves more than writing in one piece does. */
const IN_PIECES_FROM_BYTES = 8 * 1024;

export class Channel {
  readonly #send: Direction;
  readonly #receive: Direction;

  constructor({ send, receive }: Transport) {
    this.#send = new Direction(send);
    this.#receive = new Direction(receive);
  }

  /**
   * Seals one record.
   * @param plaintext at most MAX_RECORD_PLAINTEXT_BYTES; not changed.
   * @returns the whole frame, prefix included, in new buffers; a small frame is one piece.
   * @throws UsageError "too-large"; the channel stays usable.
   */
  seal(plaintext: Uint8Array): Uint8Array[] {
    if (plaintext.length > MAX_RECORD_PLAINTEXT_BYTES)
      throw new UsageError("too-large", `a record holds at most ${MAX_RECORD_PLAINTEXT_BYTES} bytes`);
    const prefix = lengthPrefix(plaintext.length + TAG_BYTES);
    const [ciphertext, tag] = this.#send.cipher.encryptApart(prefix, plaintext);
    this.#send.counted();
    if (plaintext.length >= IN_PIECES_FROM_BYTES) return [prefix, ciphertext, tag];
    // Not Buffer.concat(), which allocates each time: small records share a pool.
    const frame = Buffer.allocUnsafe(PREFIX_BYTES + plaintext.length + TAG_BYTES);
    frame.set(prefix, 0);
    frame.set(ciphertext, PREFIX_BYTES);
    frame.set(tag, PREFIX_BYTES + plaintext.length);
    return [frame];
  }

  /**
   * Opens one record.
   * @param record a frame without its prefix; foreign bytes, not changed.
   * @returns the plaintext, in a new buffer.
   * @throws ProtocolError "bad-record". The key is then deleted, and every later call throws UsageError
   * "wrong-state". Sealing still works, so that the other end can be told why.
   */
  open(record: Uint8Array): Uint8Array {
    const { cipher } = this.#receive;
    try {
      if (record.length > MAX_FRAME_BYTES)
        throw new ProtocolError("bad-record", `a record of ${record.length} bytes`);
      const plaintext = cipher.decryptWithAd(lengthPrefix(record.length), record);
      this.#receive.counted();
      return plaintext;
    } catch (error) {
      cipher.discard();
      throw error;
    }
  }
}

/** One direction: counts its records and rekeys after every RECORDS_PER_KEY of them, as the other end does. */
class Direction {
  readonly cipher: CipherState;
  #records = 0;

  constructor(cipher: CipherState) {
    this.cipher = cipher;
  }

  /** Counts one record and rekeys where it is due. */
  counted(): void {
    this.#records += 1;
    if (this.#records < RECORDS_PER_KEY) return;
    this.cipher.rekey();
    this.#records = 0;
  }
}

function lengthPrefix(length: number): Uint8Array {
  const prefix = Buffer.allocUnsafe(PREFIX_BYTES);
  prefix.writeUInt32BE(length, 0);
  return prefix;
}
