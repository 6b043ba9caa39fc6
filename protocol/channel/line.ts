/**
 * A connection after the handshake, the same for both ends: envelopes in and out as sealed records, and how it ended.
 *
 * All that one turn of the event loop sends leaves in as few records as possible and one write. Bytes that do not open or parse end
 * the line; the other end is told so by ERROR BAD_MESSAGE.
 *
 * A line that is ending hears nothing any more, for any reason of the end: incoming bytes are read away unopened, so that their
 * sender gets the last words and not a reset, and no work is done for them.
 */
import { EventEmitter } from "node:events";
import type { Duplex } from "node:stream";
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { ParleyError, ProtocolError, UsageError } from "../errors.ts";
import {
  CLOSE_DEADLINE_MS,
  MAX_FRAME_BYTES,
  MAX_READ_AWAY_BYTES,
  PACE_MS,
  PACED_AT_ONCE,
} from "../limits.ts";
import {
  type Batch,
  decodeBatch,
  ENVELOPE_BYTES,
  type Envelope,
  encodeBatch,
  inBatches,
} from "../wire/batch.ts";
import type { FrameReader } from "../wire/frame.ts";
import { ErrorCode, ErrorSchema, Opcode, type QuitReason, QuitSchema } from "../wire/parley_pb.ts";
import { type Channel, MAX_RECORD_PLAINTEXT_BYTES } from "./channel.ts";

/** How a line ended. */
export type LineEnd =
  /** One end said QUIT before. */
  | { readonly type: "clean"; readonly reason: QuitReason }
  /** It stopped without a QUIT: the network, a crash, or somebody in between. */
  | { readonly type: "cut" }
  /** The other end broke the protocol, or destroy() was given this error. */
  | { readonly type: "error"; readonly error: ParleyError };

export interface LineEvents {
  /** An envelope other than QUIT; its body is a view into the record. Never after "end". */
  message: [Envelope];
  /** A sign of life from the other end while it is not served (`LineOptions`). */
  alive: [];
  /** Exactly once. */
  end: [LineEnd];
}

export interface LineOptions {
  /**
   * While more bytes than this wait for the other end to read them, it is not served: its messages wait, at last unread in the
   * network. Only one end of a line may have such a bound, or the two would wait for each other. Default: none.
   */
  readonly servedUpToBytes?: number;
}

/** Memory of a queued envelope beside its body. */
const QUEUED_BYTES = 100;

const NOTHING = new Uint8Array(0);

/**
 * A listener that throws does not stop the line: its error comes up as an uncaught exception afterwards, and the
 * envelopes behind are still delivered.
 */
export class Line extends EventEmitter<LineEvents> {
  readonly #socket: Duplex;
  readonly #channel: Channel;
  readonly #servedUpToBytes: number;
  /** Gone once nothing more is to be opened. */
  #reader: FrameReader | undefined;
  /** The record last opened: its undelivered rest, and its size. */
  #opened: Batch | undefined;
  #openedBytes = 0;
  /** The other end leaves too much unread: nothing is delivered until it has read. */
  #unserved = false;
  /** Something came and was not taken yet. */
  #untaken = false;
  #inTurn: (() => void) | undefined;
  /** Bytes that came after the line stopped opening records. */
  #readAwayBytes = 0;
  #queue: Envelope[] = [];
  #queuedBytes = 0;
  #flushScheduled = false;
  /** How many of those in the queue came by sendPaced(). */
  #paced = 0;
  #pace: NodeJS.Timeout | undefined;
  /** Monotonic milliseconds. */
  #lastFlush = 0;
  /** The socket's buffer is full: messages wait here until it drains. */
  #blocked = false;
  /** Since when it has been full, monotonic milliseconds. */
  #blockedAt = 0;
  /** Work that waits until nothing else does. */
  readonly #whenIdle: (() => void)[] = [];
  /** Nothing more is accepted for sending, nothing more opened, and nothing emitted but "end". */
  #closed = false;
  #ended = false;
  /** The reason in the QUIT, from either end. */
  #quit: QuitReason | undefined;
  #deadline: NodeJS.Timeout | undefined;

  /**
   * Takes the socket over: the caller has removed its own listeners. Reading starts in the next turn of the event
   * loop, so that there is time to listen.
   * @param reader the one the handshake was read with; frames still in it, which came in the same chunk as the
   *   handshake's last message, are the first to be opened.
   */
  constructor(
    socket: Duplex,
    channel: Channel,
    reader: FrameReader,
    { servedUpToBytes = Number.POSITIVE_INFINITY }: LineOptions = {},
  ) {
    super();
    this.#socket = socket;
    this.#channel = channel;
    this.#reader = reader;
    this.#servedUpToBytes = servedUpToBytes;
    reader.maxBytes = MAX_FRAME_BYTES;
    // A flowing stream without a "data" listener would lose bytes that come before the next turn.
    socket.pause();
    socket.on("error", () => this.#finish(this.#endByStop()));
    socket.on("close", () => {
      clearTimeout(this.#deadline);
      this.#finish(this.#endByStop());
    });
    socket.on("drain", () => {
      this.#blocked = false;
      this.#flush();
      if (this.#whenIdle.length > 0) this.#flushAfterTurn();
      if (!this.#unserved || this.#closed) return;
      this.#tell(() => this.emit("alive"));
      this.#offer();
    });
    setImmediate(() => this.#begin());
  }

  /**
   * From now on incoming records are taken piece by piece, by a scheduler that shares out the work of many lines. The rest
   * waits, at last unread in the network.
   * @param offer called when take() has something to do; it may call take() at once
   */
  takeInTurns(offer: () => void): void {
    this.#inTurn = offer;
  }

  /** Emits the next envelope. @returns whether there may be more; if not, there is nothing until it is offered again */
  take(): boolean {
    try {
      if (!this.#closed && this.#takeNext()) return true;
    } catch (error) {
      this.#refuse(error);
    }
    this.#untaken = false;
    if (!this.#unserved || !this.#holdsEnough) this.#socket.resume();
    return false;
  }

  /** Memory of sent bytes that the operating system has not taken yet. Grows while the other end does not read: the caller sets a limit. */
  get pendingBytes(): number {
    return this.#queuedBytes + this.#queue.length * QUEUED_BYTES + this.#socket.writableLength;
  }

  /** Memory of everything that waits here in either direction: to be read by the other end, to be completed by it, or to be served. */
  get heldBytes(): number {
    const received = (this.#reader?.heldBytes ?? 0) + this.#openedBytes + this.#socket.readableLength;
    return this.pendingBytes + received;
  }

  /** How long the other end has read nothing although bytes wait for it, milliseconds. */
  get unreadForMs(): number {
    return this.#blocked ? performance.now() - this.#blockedAt : 0;
  }

  /** Nothing is left of it, neither in memory nor on the network. */
  get gone(): boolean {
    return this.#socket.destroyed;
  }

  /**
   * Sends at the end of this turn of the event loop. QUIT is the last word: it closes the line at once.
   * @param id u32; 0 asks for no answer
   * @param body kept until it has left, so it must not change
   * @returns false where the line is closed or has ended, and nothing is sent
   * @throws UsageError "too-large" for a body that fits no record
   */
  send(opcode: Opcode, id: number, body: Uint8Array): boolean {
    if (!this.#enqueue(opcode, id, body)) return false;
    if (opcode === Opcode.QUIT) {
      this.#quit = fromBinary(QuitSchema, body).reason;
      this.close();
    } else this.#flushAfterTurn();
    return true;
  }

  /**
   * As send(), for acknowledgements, which nobody waits for by the millisecond: at once on a quiet line; on a busy one, together
   * with the next that is sent, when PACED_AT_ONCE have gathered, or after PACE_MS.
   */
  sendPaced(opcode: Opcode, id: number, body: Uint8Array): boolean {
    if (!this.#enqueue(opcode, id, body)) return false;
    this.#paced += 1;
    if (this.#paced >= PACED_AT_ONCE || performance.now() - this.#lastFlush >= PACE_MS)
      this.#flushAfterTurn();
    else this.#pace ??= setTimeout(() => this.#endPace(), PACE_MS);
    return true;
  }

  /** Sends envelopes that are encoded already, as for many lines at once, in a record of their own behind all earlier ones. */
  sendBatch(batch: Uint8Array): boolean {
    if (this.#closed) return false;
    this.#flush();
    this.#write(this.#channel.seal(batch));
    return true;
  }

  /**
   * Calls `work` once nothing waits to be sent, at the end of a turn of the event loop; one at a time, each after the operating system
   * has taken the bytes that the one before sent. For parts of files: a message never waits for more than one of them.
   * Never called where the line ends before.
   */
  whenIdle(work: () => void): void {
    if (this.#closed) return;
    this.#whenIdle.push(work);
    this.#flushAfterTurn();
  }

  /**
   * Sends the queue, then FIN, and hears nothing more: bytes until the other end's FIN are read away, for
   * CLOSE_DEADLINE_MS and MAX_READ_AWAY_BYTES at most; then comes "end". Does nothing the second time.
   */
  close(): void {
    if (this.#closed) return;
    this.#flush();
    this.#shut();
    this.#hangUp();
  }

  /** Drops the line at once; queued messages are lost. Emits "end" before it returns, unless that was emitted before. */
  destroy(error?: ParleyError): void {
    this.#finish(error === undefined ? this.#endByStop() : { type: "error", error });
    this.#socket.destroy();
  }

  #enqueue(opcode: Opcode, id: number, body: Uint8Array): boolean {
    const size = ENVELOPE_BYTES + body.length;
    if (size > MAX_RECORD_PLAINTEXT_BYTES)
      throw new UsageError("too-large", `a body of ${body.length} bytes fits no record`);
    if (this.#closed) return false;
    this.#queue.push({ opcode, id, body });
    this.#queuedBytes += size;
    return true;
  }

  #flushAfterTurn(): void {
    if (this.#flushScheduled) return;
    this.#flushScheduled = true;
    setImmediate(() => {
      this.#flushScheduled = false;
      if (this.#blocked) return;
      this.#flush();
      this.#beIdle();
      // Where it all left at once, no drain will tell so.
      if (this.#unserved && !this.#closed && !this.#blocked) this.#offer();
    });
  }

  #beIdle(): void {
    if (this.#whenIdle.length === 0 || this.#blocked || this.#closed) return;
    const work = this.#whenIdle.shift();
    if (work !== undefined) this.#tell(work);
    if (this.#whenIdle.length > 0) this.#flushAfterTurn();
  }

  /** Those in the queue have waited since the last flush at most, which may be later than the timer's start. */
  #endPace(): void {
    this.#pace = undefined;
    if (this.#paced === 0) return;
    const restMs = this.#lastFlush + PACE_MS - performance.now();
    if (restMs <= 0) this.#flushAfterTurn();
    else this.#pace = setTimeout(() => this.#endPace(), restMs);
  }

  #begin(): void {
    this.#receive(NOTHING);
    // Ended while nobody listened: the events will not come again.
    if (this.#socket.readableEnded || this.#socket.destroyed) this.#onFin();
    this.#socket.on("data", (chunk: Uint8Array) => this.#receive(chunk));
    this.#socket.on("end", () => this.#onFin());
    this.#socket.resume();
  }

  #onFin(): void {
    this.#finish(this.#endByStop());
    this.#hangUp();
  }

  #receive(chunk: Uint8Array): void {
    if (this.#closed) {
      this.#readAwayBytes += chunk.length;
      if (this.#readAwayBytes > MAX_READ_AWAY_BYTES) this.destroy();
      return;
    }
    this.#reader?.add(chunk);
    if (this.#unserved) {
      if (this.#holdsEnough) this.#socket.pause();
      this.#tell(() => this.emit("alive"));
    } else this.#offer();
  }

  get #holdsEnough(): boolean {
    return (this.#reader?.heldBytes ?? 0) > MAX_FRAME_BYTES;
  }

  #offer(): void {
    this.#untaken = true;
    if (this.#inTurn === undefined) while (this.take());
    else this.#inTurn();
    // Not at once: to stop and go on reading costs more than a message.
    if (this.#untaken && !this.#closed && this.#holdsEnough) this.#socket.pause();
  }

  /**
   * Delivers records that have come, as long as the other end reads their answers. One at a time: a bad record must not take the
   * good ones before it along.
   */
  #takeNext(): boolean {
    if (this.#opened === undefined) {
      const record = this.#reader?.next();
      if (record === undefined) return false;
      this.#opened = decodeBatch(this.#channel.open(record));
      this.#openedBytes = record.length;
    }
    this.#unserved = this.pendingBytes > this.#servedUpToBytes;
    if (this.#unserved) return false;
    const envelope = this.#opened.next();
    if (this.#opened.isOver) {
      this.#opened = undefined;
      this.#openedBytes = 0;
    }
    if (envelope !== undefined) this.#deliver(envelope);
    return !this.#closed && (this.#opened !== undefined || this.#reader?.isEmpty === false);
  }

  #deliver(envelope: Envelope): void {
    if (envelope.opcode === Opcode.QUIT) {
      this.#quit = fromBinary(QuitSchema, envelope.body).reason;
      this.close();
    } else this.#tell(() => this.emit("message", envelope));
  }

  #refuse(cause: unknown): void {
    const error =
      cause instanceof ParleyError
        ? cause
        : new ProtocolError("bad-message", "a body that does not parse", { cause });
    if (!this.#closed) {
      const body = toBinary(
        ErrorSchema,
        create(ErrorSchema, { code: ErrorCode.BAD_MESSAGE, detail: error.code }),
      );
      this.#queue = [{ opcode: Opcode.ERROR, id: 0, body }];
      this.close();
    }
    this.#finish({ type: "error", error });
  }

  #finish(end: LineEnd): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#shut();
    this.#queue = [];
    this.#queuedBytes = 0;
    this.#whenIdle.length = 0;
    clearTimeout(this.#pace);
    this.#tell(() => this.emit("end", end));
  }

  /** From here on nothing is accepted, opened or delivered, and nothing of it is kept. */
  #shut(): void {
    this.#closed = true;
    this.#reader = undefined;
    this.#opened = undefined;
    this.#openedBytes = 0;
    // Where reading had stopped for the other end not to be served: now it is read away.
    if (this.#unserved || this.#untaken) this.#socket.resume();
  }

  #endByStop(): LineEnd {
    return this.#quit === undefined ? { type: "cut" } : { type: "clean", reason: this.#quit };
  }

  #flush(): void {
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

  /** FIN, and a deadline for the other end's. */
  #hangUp(): void {
    if (this.#deadline !== undefined || this.#socket.destroyed) return;
    this.#socket.end();
    this.#deadline = setTimeout(() => this.destroy(), CLOSE_DEADLINE_MS);
  }

  #tell(emit: () => void): void {
    try {
      emit();
    } catch (error) {
      process.nextTick(() => {
        throw error;
      });
    }
  }
}
