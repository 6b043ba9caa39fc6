/**
 * The sending half of a line: gathers envelopes, seals them into as few records as possible, and writes those at once.
 * Knows whether the other end reads them.
 */
import type { Duplex } from "node:stream";
import { UsageError } from "../errors.ts";
import { PACE_MS, PACED_AT_ONCE } from "../limits.ts";
import { ENVELOPE_BYTES, type Envelope, encodeBatch, inBatches } from "../wire/batch.ts";
import type { Opcode } from "../wire/parley_pb.ts";
import { type Channel, MAX_RECORD_PLAINTEXT_BYTES } from "./channel.ts";

/** Memory of a queued envelope beside its body. */
const QUEUED_BYTES = 100;

export class SendQueue {
  readonly #socket: Duplex;
  readonly #channel: Channel;
  readonly #flushed: () => void;
  #queue: Envelope[] = [];
  #queuedBytes = 0;
  #flushScheduled = false;
  /** How many of the queued envelopes came by sendPaced(). */
  #paced = 0;
  #pace: NodeJS.Timeout | undefined;
  /** Monotonic milliseconds. */
  #lastFlush = 0;
  /** True while the socket's buffer is full: messages wait here until it drains. */
  #blocked = false;
  /** Since when it has been full, monotonic milliseconds. */
  #blockedAt = 0;
  /** Work that runs once nothing else is queued. */
  readonly #whenIdle: (() => void)[] = [];
  /** True once nothing more is accepted. */
  #closed = false;

  /** @param flushed called after a flush at the end of a turn if the socket took everything */
  constructor(socket: Duplex, channel: Channel, flushed: () => void) {
    this.#socket = socket;
    this.#channel = channel;
    this.#flushed = flushed;
  }

  /** Memory of queued bytes and of those that the operating system has not taken yet. */
  get pendingBytes(): number {
    return this.#queuedBytes + this.#queue.length * QUEUED_BYTES + this.#socket.writableLength;
  }

  /** How long the socket's buffer has been full, milliseconds. */
  get blockedForMs(): number {
    return this.#blocked ? performance.now() - this.#blockedAt : 0;
  }

  /**
   * Queues an envelope, which leaves with the next flush.
   * @returns false once the line is closed
   * @throws UsageError "too-large" for a body that fits no record
   */
  add(opcode: Opcode, id: number, body: Uint8Array): boolean {
    const size = ENVELOPE_BYTES + body.length;
    if (size > MAX_RECORD_PLAINTEXT_BYTES)
      throw new UsageError("too-large", `a body of ${body.length} bytes fits no record`);
    if (this.#closed) return false;
    this.#queue.push({ opcode, id, body });
    this.#queuedBytes += size;
    return true;
  }

  /** Flushes at the end of this turn of the event loop. */
  flushAfterTurn(): void {
    if (this.#flushScheduled) return;
    this.#flushScheduled = true;
    setImmediate(() => {
      this.#flushScheduled = false;
      if (this.#blocked) return;
      this.flush();
      this.#beIdle();
      // If everything left at once, no drain event follows.
      if (!this.#blocked) this.#flushed();
    });
  }

  #beIdle(): void {
    if (this.#whenIdle.length === 0 || this.#blocked || this.#closed) return;
    const work = this.#whenIdle.shift();
    work?.();
    if (this.#whenIdle.length > 0) this.flushAfterTurn();
  }

  /** Those in the queue have waited since the last flush at most, which may be later than the timer's start. */
  #endPace(): void {
    this.#pace = undefined;
    if (this.#paced === 0) return;
    const restMs = this.#lastFlush + PACE_MS - performance.now();
    if (restMs <= 0) this.flushAfterTurn();
    else this.#pace = setTimeout(() => this.#endPace(), restMs);
  }

  /** Queues an envelope that may wait as Line.sendPaced() describes. */
  addPaced(opcode: Opcode, id: number, body: Uint8Array): boolean {
    if (!this.add(opcode, id, body)) return false;
    this.#paced += 1;
    if (this.#paced >= PACED_AT_ONCE || performance.now() - this.#lastFlush >= PACE_MS) this.flushAfterTurn();
    else this.#pace ??= setTimeout(() => this.#endPace(), PACE_MS);
    return true;
  }

  /** Writes an encoded batch in a record of its own, after the queue. */
  writeBatch(batch: Uint8Array): boolean {
    if (this.#closed) return false;
    this.flush();
    this.#write(this.#channel.seal(batch));
    return true;
  }

  /** Calls `work` as Line.whenIdle() describes. It must not throw. */
  whenIdle(work: () => void): void {
    if (this.#closed) return;
    this.#whenIdle.push(work);
    this.flushAfterTurn();
  }

  /** Goes on after the socket's buffer has drained. */
  drained(): void {
    this.#blocked = false;
    this.flush();
    if (this.#whenIdle.length > 0) this.flushAfterTurn();
  }

  /** Replaces all that is queued by one envelope. */
  replace(envelope: Envelope): void {
    this.#queue = [envelope];
  }

  /** Accepts nothing more. */
  close(): void {
    this.#closed = true;
  }

  /** Drops everything that has not been written. */
  drop(): void {
    this.#queue = [];
    this.#queuedBytes = 0;
    this.#whenIdle.length = 0;
    clearTimeout(this.#pace);
  }

  /** Seals the queue and hands it to the socket. */
  flush(): void {
    if (this.#queue.length === 0) return;
    const queue = this.#queue;
    const fitsOne = this.#queuedBytes <= MAX_RECORD_PLAINTEXT_BYTES;
    this.#queue = [];
    this.#queuedBytes = 0;
    this.#paced = 0;
    const batches = fitsOne ? [queue] : inBatches(queue, MAX_RECORD_PLAINTEXT_BYTES);
    this.#write(batches.flatMap((batch) => this.#channel.seal(encodeBatch(batch))));
  }

  #write(pieces: readonly Uint8Array[]): void {
    this.#lastFlush = performance.now();
    const corked = pieces.length > 1;
    if (corked) this.#socket.cork();
    const wasBlocked = this.#blocked;
    for (const piece of pieces) this.#blocked = !this.#socket.write(piece);
    if (this.#blocked && !wasBlocked) this.#blockedAt = this.#lastFlush;
    if (corked) this.#socket.uncork();
  }
}
