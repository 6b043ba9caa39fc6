/**
 * A connection after the handshake, the same for both ends: sends and receives envelopes as sealed records,
 * and reports how it ended.
 * Everything sent in one turn of the event loop leaves in as few records as possible and one write. Bytes
 * that do not open or parse end the line; ERROR BAD_MESSAGE tells the other end.
 * A line that is ending opens nothing more, whatever the reason. It reads incoming bytes and discards them
 * unopened: the other end then receives our last messages instead of a reset, and costs us no work.
 */
import { EventEmitter } from "node:events";
import type { Duplex } from "node:stream";
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { ParleyError, ProtocolError } from "../errors.ts";
import { CLOSE_DEADLINE_MS, MAX_FRAME_BYTES, MAX_READ_AWAY_BYTES } from "../limits.ts";
import { type Batch, decodeBatch, type Envelope } from "../wire/batch.ts";
import type { FrameReader } from "../wire/frame.ts";
import { ErrorCode, ErrorSchema, Opcode, type QuitReason, QuitSchema } from "../wire/parley_pb.ts";
import type { Channel } from "./channel.ts";
import { SendQueue } from "./send-queue.ts";

/** How a line ended. */
export type LineEnd =
  /** One end sent QUIT before. */
  | { readonly type: "clean"; readonly reason: QuitReason }
  /** It ended without a QUIT: a network fault, a crash, or an attacker on the path. */
  | { readonly type: "cut" }
  /** The other end broke the protocol, or destroy() was given this error. */
  | { readonly type: "error"; readonly error: ParleyError };

export interface LineEvents {
  /** An envelope other than QUIT; its body is a view into the record. Never after "end". */
  message: [Envelope];
  /** Bytes arrived from the other end while it is not served (`LineOptions`). */
  alive: [];
  /** Exactly once. */
  end: [LineEnd];
}

export interface LineOptions {
  /**
   * While more bytes than this wait for the other end to read them, it is not served: its messages wait, in
   * the end unread in the network. Only one end of a line may have such a bound, or both could wait for each
   * other. Default: none.
   */
  readonly servedUpToBytes?: number;
}

const NOTHING = new Uint8Array(0);

/**
 * A listener that throws does not stop the line: its error becomes an uncaught exception afterwards, and the
 * remaining envelopes are still delivered.
 */
export class Line extends EventEmitter<LineEvents> {
  readonly #socket: Duplex;
  readonly #channel: Channel;
  readonly #outgoing: SendQueue;
  readonly #servedUpToBytes: number;
  /** Undefined once nothing more will be opened. */
  #reader: FrameReader | undefined;
  /** The record last opened: its undelivered rest, and its size. */
  #opened: Batch | undefined;
  #openedBytes = 0;
  /** True while the other end leaves too much unread: nothing is delivered until it has read. */
  #unserved = false;
  /** True while something arrived that was not taken yet. */
  #untaken = false;
  #inTurn: (() => void) | undefined;
  /** Bytes that arrived after the line stopped opening records. */
  #readAwayBytes = 0;
  /** When true, nothing more is accepted for sending, nothing is opened, and only "end" is emitted. */
  #closed = false;
  #ended = false;
  /** The reason in the QUIT, from either end. */
  #quit: QuitReason | undefined;
  #deadline: NodeJS.Timeout | undefined;

  /**
   * Takes over the socket; the caller has removed its own listeners. Reading starts in the next turn of the
   * event loop, so that the caller can add listeners first.
   * @param reader the one that read the handshake; frames left in it, which arrived in the same chunk as the
   * handshake's last message, are opened first.
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
    this.#outgoing = new SendQueue(socket, channel, () => {
      if (this.#unserved && !this.#closed) this.#offer();
    });
    this.#reader = reader;
    this.#servedUpToBytes = servedUpToBytes;
    reader.maxBytes = MAX_FRAME_BYTES;
    // A flowing stream without a "data" listener would lose bytes that arrive before the next turn.
    socket.pause();
    socket.on("error", () => this.#finish(this.#endByStop()));
    socket.on("close", () => {
      clearTimeout(this.#deadline);
      this.#finish(this.#endByStop());
    });
    socket.on("drain", () => {
      this.#outgoing.drained();
      if (!this.#unserved || this.#closed) return;
      this.#tell(() => this.emit("alive"));
      this.#offer();
    });
    setImmediate(() => this.#begin());
  }

  /**
   * Switches to a scheduler that takes incoming records one by one and shares the work among many lines. The
   * rest waits, in the end unread in the network.
   * @param offer called when take() has something to do; it may call take() at once
   */
  takeInTurns(offer: () => void): void {
    this.#inTurn = offer;
  }

  /**
   * Emits the next envelope.
   * @returns whether there may be more; if not, wait for the next offer
   */
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

  /**
   * Memory of sent bytes that the operating system has not taken yet. It grows while the other end does not
   * read; the caller sets a limit.
   */
  get pendingBytes(): number {
    return this.#outgoing.pendingBytes;
  }

  /**
   * Memory of everything that waits here in either direction: unread by the other end, incomplete, or not yet
   * served.
   */
  get heldBytes(): number {
    const received = (this.#reader?.heldBytes ?? 0) + this.#openedBytes + this.#socket.readableLength;
    return this.pendingBytes + received;
  }

  /** How long the other end has read nothing although bytes wait for it, milliseconds. */
  get unreadForMs(): number {
    return this.#outgoing.blockedForMs;
  }

  /** True once nothing is left of the line, neither in memory nor on the network. */
  get gone(): boolean {
    return this.#socket.destroyed;
  }

  /**
   * Queues an envelope that is sent at the end of this turn of the event loop. QUIT is always the last: it
   * closes the line at once.
   * @param id u32; 0 asks for no answer
   * @param body kept until it is sent, so it must not change
   * @returns false if the line is closed or has ended; nothing is sent then
   * @throws UsageError "too-large" for a body that fits no record
   */
  send(opcode: Opcode, id: number, body: Uint8Array): boolean {
    if (!this.#outgoing.add(opcode, id, body)) return false;
    if (opcode === Opcode.QUIT) {
      this.#quit = fromBinary(QuitSchema, body).reason;
      this.close();
    } else this.#outgoing.flushAfterTurn();
    return true;
  }

  /**
   * Sends as send() does, for acknowledgements, which may wait some milliseconds: at once on a quiet line; on
   * a busy one, together with the next envelope, when PACED_AT_ONCE have gathered, or after PACE_MS.
   */
  sendPaced(opcode: Opcode, id: number, body: Uint8Array): boolean {
    return this.#outgoing.addPaced(opcode, id, body);
  }

  /**
   * Sends envelopes that are already encoded (a broadcast to many lines) in a record of their own, after all
   * earlier ones.
   */
  sendBatch(batch: Uint8Array): boolean {
    return this.#outgoing.writeBatch(batch);
  }

  /**
   * Calls `work` at the end of an event-loop turn once nothing waits to be sent. Runs one call at a time,
   * each after the operating system has taken the bytes that the previous one sent. Meant for parts of files,
   * so that a message waits for one part at most. Never calls `work` if the line ends first.
   */
  whenIdle(work: () => void): void {
    this.#outgoing.whenIdle(() => this.#tell(work));
  }

  /**
   * Sends the queue, then FIN. Bytes until the other end's FIN are discarded unopened, for CLOSE_DEADLINE_MS
   * and MAX_READ_AWAY_BYTES at most; then "end" is emitted. A second call does nothing.
   */
  close(): void {
    if (this.#closed) return;
    this.#outgoing.flush();
    this.#shut();
    this.#hangUp();
  }

  /**
   * Drops the line at once; queued messages are lost. Emits "end" before it returns, unless it was emitted
   * before.
   */
  destroy(error?: ParleyError): void {
    this.#finish(error === undefined ? this.#endByStop() : { type: "error", error });
    this.#socket.destroy();
  }

  #begin(): void {
    this.#receive(NOTHING);
    // The socket ended before we listened: its events will not be emitted again.
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
    // Not at once: pausing and resuming costs more than a message.
    if (this.#untaken && !this.#closed && this.#holdsEnough) this.#socket.pause();
  }

  /**
   * Delivers opened envelopes as long as the other end reads its answers. Opens one record at a time: a bad
   * record must not discard the good ones before it.
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
      this.#outgoing.replace({ opcode: Opcode.ERROR, id: 0, body });
      this.close();
    }
    this.#finish({ type: "error", error });
  }

  #finish(end: LineEnd): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#shut();
    this.#outgoing.drop();
    this.#tell(() => this.emit("end", end));
  }

  /** Stops accepting, opening and delivering, and drops the messages queued for delivery. */
  #shut(): void {
    this.#closed = true;
    this.#outgoing.close();
    this.#reader = undefined;
    this.#opened = undefined;
    this.#openedBytes = 0;
    // Reading may have stopped because the other end was not served; resume it to discard the bytes.
    if (this.#unserved || this.#untaken) this.#socket.resume();
  }

  #endByStop(): LineEnd {
    return this.#quit === undefined ? { type: "cut" } : { type: "clean", reason: this.#quit };
  }

  /** Sends FIN and sets a deadline for the other end's. */
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
