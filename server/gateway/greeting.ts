/**
 * A connection before sign-in: reads messages 1.0 and 1.2, answers 1.1, within a deadline, and then hands
 * over a Line.
 */
import type { Socket } from "node:net";
import {
  type ClientFacts,
  ServerHandshake,
  type ServerHandshakeOptions,
} from "../../protocol/channel/handshake.ts";
import { Line } from "../../protocol/channel/line.ts";
import { ParleyError } from "../../protocol/errors.ts";
import { MAX_HANDSHAKE_FRAME_BYTES } from "../../protocol/limits.ts";
import { FrameReader, frame } from "../../protocol/wire/frame.ts";
import type { Holder } from "../routing/holdings.ts";
import type { Handshaking } from "./admission.ts";
import type { Work } from "./turns.ts";

export interface GreetingOptions {
  readonly socket: Socket;
  /** The address as limits count it. */
  readonly address: string;
  readonly deadlineMs: number;
  readonly handshake: ServerHandshakeOptions;
  /**
   * Called when 1.0 has arrived, since answering it is expensive.
   * @returns 0, or the milliseconds after which to ask again
   */
  readonly waitToAnswer: () => number;
  /** See LineOptions. */
  readonly servedUpToBytes: number;
  /** Runs that work, and the work for 1.2, when it is this address's turn. */
  readonly inTurn: (work: Work) => void;
  /** The handshake succeeded; listen to the line in the same turn. */
  readonly welcome: (line: Line, client: ClientFacts) => void;
  /**
   * The handshake failed, and the socket is closed.
   * @param reason a code for the log
   */
  readonly failed: (reason: string) => void;
}

const NOTHING = new Uint8Array();

export class Greeting implements Handshaking, Holder {
  readonly address: string;
  readonly #options: GreetingOptions;
  readonly #reader = new FrameReader(MAX_HANDSHAKE_FRAME_BYTES);
  readonly #handshake: ServerHandshake;
  readonly #deadline: NodeJS.Timeout;
  /** 1.0 has arrived. */
  #asked = false;
  /** 1.1 has been sent. */
  #answered = false;
  /** 1.2 has arrived: all further bytes belong to the line. */
  #proved = false;
  #waiting: NodeJS.Timeout | undefined;
  #over = false;

  constructor(options: GreetingOptions) {
    this.address = options.address;
    this.#options = options;
    this.#handshake = new ServerHandshake(options.handshake);
    this.#deadline = setTimeout(() => this.#fail("handshake-deadline"), options.deadlineMs);
    options.socket.on("data", this.#onData);
    options.socket.on("end", this.#onStop);
    options.socket.on("error", this.#onStop);
    options.socket.on("close", this.#onStop);
  }

  get heldBytes(): number {
    return this.#over ? 0 : this.#reader.heldBytes;
  }
  readonly unreadForMs = 0;
  get gone(): boolean {
    return this.#over;
  }
  cut(): void {
    this.evict();
  }

  evict(): void {
    this.#fail("evicted");
  }

  readonly #onStop = () => this.#fail("cut");

  readonly #onData = (chunk: Uint8Array) =>
    this.#guarded(() => {
      // One frame at a time: bytes after 1.2 belong to the line.
      let [message] = this.#reader.push(chunk, 1);
      while (message !== undefined && !this.#over) {
        this.#take(message);
        [message] = this.#over || this.#proved ? [] : this.#reader.push(NOTHING, 1);
      }
    });

  #guarded(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.#fail(error instanceof ParleyError ? error.code : "internal");
    }
  }

  #take(message: Uint8Array): void {
    const { socket, inTurn } = this.#options;
    if (!this.#asked) {
      this.#asked = true;
      // Copied, because it may wait for its turn, and the chunk around it should not stay in memory.
      this.#queue(new Uint8Array(message));
      return;
    }
    if (!this.#answered) {
      this.#fail("bad-handshake");
      return;
    }
    this.#proved = true;
    socket.pause();
    // As expensive as the answer, and any number of clients may send it at once.
    const proof = new Uint8Array(message);
    inTurn(() => this.#complete(proof));
  }

  /**
   * Checks 1.2.
   * @returns false if the client has left meanwhile
   */
  #complete(proof: Uint8Array): boolean {
    if (this.#over) return false;
    const { socket, servedUpToBytes, welcome } = this.#options;
    this.#guarded(() => {
      const { channel, client } = this.#handshake.finish(proof);
      this.#finish();
      welcome(new Line(socket, channel, this.#reader, { servedUpToBytes }), client);
    });
    return true;
  }

  /** Delays an address that begins handshakes too fast, instead of refusing it. */
  #queue(message: Uint8Array): void {
    const { waitToAnswer, inTurn } = this.#options;
    const wait = waitToAnswer();
    if (wait > 0) this.#waiting = setTimeout(() => this.#queue(message), wait);
    else inTurn(() => this.#answer(message));
  }

  /**
   * Answers 1.0.
   * @returns false if the client has left meanwhile
   */
  #answer(message: Uint8Array): boolean {
    if (this.#over) return false;
    this.#answered = true;
    this.#guarded(() => this.#options.socket.write(frame(this.#handshake.answer(message))));
    return true;
  }

  #fail(reason: string): void {
    if (this.#over) return;
    this.#finish();
    // Without this listener, a late reset would become an uncaught exception.
    this.#options.socket.on("error", () => {});
    this.#options.socket.destroy();
    this.#options.failed(reason);
  }

  #finish(): void {
    this.#over = true;
    clearTimeout(this.#deadline);
    clearTimeout(this.#waiting);
    const { socket } = this.#options;
    socket.off("data", this.#onData);
    socket.off("end", this.#onStop);
    socket.off("error", this.#onStop);
    socket.off("close", this.#onStop);
  }
}
