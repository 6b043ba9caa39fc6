/** The seat of a window that goes through another one, which holds the account. */
import { once } from "node:events";
import { createConnection, type Socket } from "node:net";
import * as v from "valibot";
import { type MessageConnection, ResponseError } from "vscode-jsonrpc/node";
import {
  ALIVE,
  ALIVE_EVERY_MS,
  FAULT,
  FOCUS,
  type Focus,
  MAX_ANSWER_BYTES,
  TIDINGS,
  VERSION,
} from "./contract.ts";
import { errorSchema } from "./fault.ts";
import type { KnownSecrets } from "./known-secrets.ts";
import { greetAsFollower } from "./pipe-handshake.ts";
import { connectionOver } from "./pipe-transport.ts";
import { RemoteView } from "./remote-view.ts";
import { readRendezvous } from "./rendezvous.ts";
import { type Emit, type Seat, SeatLost } from "./seat.ts";
import { type Params, type Result, VERBS, type Verb } from "./verbs.ts";

/** So many times in a row without an answer, and the owner hangs. One may be missing because this window slept itself. */
const MISSES = 3;

export interface FollowerOptions {
  readonly directory: string;
  /** Learns what the owner tells. */
  readonly secrets: KnownSecrets;
  readonly emit: Emit;
}

export class Follower implements Seat {
  readonly shown = new RemoteView();
  readonly ended: Promise<void>;
  readonly #socket: Socket;
  readonly #connection: MessageConnection;
  readonly #emit: Emit;
  readonly #secrets: KnownSecrets;
  readonly #hasView: Promise<true>;
  #tellHasView: () => void = () => {};

  private constructor(
    socket: Socket,
    connection: MessageConnection,
    { secrets, emit }: Omit<FollowerOptions, "directory">,
  ) {
    this.#secrets = secrets;
    this.#socket = socket;
    this.#connection = connection;
    this.#emit = emit;
    this.ended = new Promise((resolve) => socket.once("close", () => resolve()));
    this.#hasView = new Promise((resolve) => {
      this.#tellHasView = () => resolve(true);
    });
    connection.onNotification((method, params: unknown) => this.#hear(method, params));
    connection.onRequest(() => socket.destroy()); // an owner asks nothing
    this.#watch();
  }

  /** @returns the seat, once it has something to show; undefined where no window of this version answers */
  static async join({ directory, ...rest }: FollowerOptions): Promise<Follower | undefined> {
    const rendezvous = readRendezvous(directory);
    if (rendezvous === undefined || rendezvous.version !== VERSION) return undefined;
    const socket = createConnection(rendezvous.pipe);
    socket.on("error", () => {}); // "close" follows
    try {
      await once(socket, "connect");
      const reader = await greetAsFollower(socket, rendezvous.token);
      const follower = new Follower(socket, connectionOver(socket, reader, MAX_ANSWER_BYTES), rest);
      follower.#connection.listen();
      const hasView = await Promise.race([follower.#hasView, follower.ended]);
      return hasView ? follower : undefined;
    } catch {
      socket.destroy();
      return undefined;
    }
  }

  async perform<V extends Verb>(verb: V, params: Params<V>): Promise<Result<V>> {
    let answer: unknown;
    try {
      answer = await this.#connection.sendRequest(verb, params);
    } catch (error) {
      if (error instanceof ResponseError && error.code === FAULT) throw v.parse(errorSchema, error.data);
      // Anything else is the connection's own end; an answer that says otherwise does not belong to this contract.
      this.#socket.destroy();
      throw new SeatLost();
    }
    const checked = v.safeParse(VERBS[verb].result, answer);
    if (checked.success) return checked.output;
    this.#socket.destroy();
    throw new SeatLost();
  }

  focus(focus: Focus): void {
    if (!this.#socket.destroyed) void this.#connection.sendNotification(FOCUS, focus).catch(() => {});
  }

  async close(): Promise<void> {
    this.#socket.destroy();
    await this.ended;
  }

  /** Asks now and then whether the owner is alive; one question at a time, which it answers when it wakes. */
  #watch(): void {
    let misses = 0;
    let waits = false;
    const ask = () => {
      if (waits) {
        misses++;
        if (misses === MISSES) this.#emit("hung", { is: true });
        return;
      }
      waits = true;
      this.#connection.sendRequest(ALIVE).then(
        () => {
          waits = false;
          if (misses >= MISSES) this.#emit("hung", { is: false });
          misses = 0;
        },
        () => {}, // the connection's end
      );
    };
    const timer = setInterval(ask, ALIVE_EVERY_MS);
    this.#socket.once("close", () => clearInterval(timer));
  }

  #hear(method: string, params: unknown): void {
    if (this.#socket.destroyed) return;
    try {
      switch (method) {
        case "view":
          this.shown.apply(v.parse(TIDINGS.view, params));
          this.#tellHasView();
          this.#emit("changed");
          return;
        case "message":
        case "updated":
        case "tell":
          this.#emit(method, v.parse(TIDINGS[method], params));
          return;
        case "removed":
          this.#emit("removed", v.parse(TIDINGS.removed, params));
          return;
        case "archiving":
          this.#emit("archiving", v.parse(TIDINGS.archiving, params));
          return;
        case "locked":
          v.parse(TIDINGS.locked, params);
          this.#emit("locked");
          return;
        case "vault":
          this.#emit("vault", v.parse(TIDINGS.vault, params).contents);
          return;
        case "request":
          this.#emit("request", v.parse(TIDINGS.request, params));
          return;
        case "secret":
          this.#secrets.note(v.parse(TIDINGS.secret, params));
          return;
      }
    } catch {
      // Falls through: not of this contract.
    }
    this.#socket.destroy();
  }
}
