/** The role of a window that uses the account through the leader. */
import { once } from "node:events";
import { createConnection, type Socket } from "node:net";
import * as v from "valibot";
import { type MessageConnection, ResponseError } from "vscode-jsonrpc/node";
import { CALLS, type Call, type Params, type Result } from "../calls.ts";
import { checkEvent } from "../events.ts";
import { errorSchema } from "../fault.ts";
import { secretSchema } from "../values.ts";
import { readEndpoint } from "./endpoint-file.ts";
import type { KnownSecrets } from "./known-secrets.ts";
import { greetAsFollower } from "./pipe-handshake.ts";
import {
  ALIVE,
  ALIVE_EVERY_MS,
  FAULT,
  FOCUS,
  type Focus,
  MAX_ANSWER_BYTES,
  VERSION,
} from "./pipe-messages.ts";
import { connectionOver } from "./pipe-transport.ts";
import { RemoteView } from "./remote-view.ts";
import { ConnectionLost, type Emit, type Role } from "./role.ts";
import { viewChangeSchema } from "./view-change.ts";

/** Consecutive unanswered requests after which the leader counts as hanging. One may be missing because this computer slept. */
const MISSES = 3;

export interface FollowerOptions {
  readonly directory: string;
  /** Stores the secrets that the leader sends. */
  readonly secrets: KnownSecrets;
  readonly emit: Emit;
}

export class Follower implements Role {
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
    connection.onRequest(() => socket.destroy()); // leaders never send requests
    this.#watch();
  }

  /** @returns the role, once it has received a view; undefined if no window of this version answers */
  static async join({ directory, ...rest }: FollowerOptions): Promise<Follower | undefined> {
    const endpoint = readEndpoint(directory);
    if (endpoint === undefined || endpoint.version !== VERSION) return undefined;
    const socket = createConnection(endpoint.pipe);
    socket.on("error", () => {}); // "close" follows
    try {
      await once(socket, "connect");
      const reader = await greetAsFollower(socket, endpoint.token);
      const follower = new Follower(socket, connectionOver(socket, reader, MAX_ANSWER_BYTES), rest);
      follower.#connection.listen();
      const hasView = await Promise.race([follower.#hasView, follower.ended]);
      return hasView ? follower : undefined;
    } catch {
      socket.destroy();
      return undefined;
    }
  }

  async perform<C extends Call>(call: C, params: Params<C>): Promise<Result<C>> {
    let answer: unknown;
    try {
      answer = await this.#connection.sendRequest(call, params ?? {});
    } catch (error) {
      if (error instanceof ResponseError && error.code === FAULT) throw v.parse(errorSchema, error.data);
      // The connection ended, or the other end is not a leader.
      this.#socket.destroy();
      throw new ConnectionLost();
    }
    const checked = v.safeParse(CALLS[call].result, answer);
    if (checked.success) return checked.output;
    this.#socket.destroy();
    throw new ConnectionLost();
  }

  focus(focus: Focus): void {
    if (!this.#socket.destroyed) void this.#connection.sendNotification(FOCUS, focus).catch(() => {});
  }

  async close(): Promise<void> {
    this.#socket.destroy();
    await this.ended;
  }

  /** Checks regularly that the leader is alive, with one pending request at a time, which a leader that was suspended answers later. */
  #watch(): void {
    let misses = 0;
    let waits = false;
    const ask = () => {
      if (waits) {
        misses++;
        if (misses === MISSES) this.#emit({ name: "hung", value: { is: true } });
        return;
      }
      waits = true;
      this.#connection.sendRequest(ALIVE).then(
        () => {
          waits = false;
          if (misses >= MISSES) this.#emit({ name: "hung", value: { is: false } });
          misses = 0;
        },
        () => {}, // rejected because the connection ended
      );
    };
    const timer = setInterval(ask, ALIVE_EVERY_MS);
    this.#socket.once("close", () => clearInterval(timer));
  }

  #hear(name: string, value: unknown): void {
    if (this.#socket.destroyed) return;
    try {
      switch (name) {
        case "view":
          this.shown.apply(v.parse(viewChangeSchema, value));
          this.#tellHasView();
          this.#emit({ name: "changed", value: {} });
          return;
        case "secret":
          this.#secrets.note(v.parse(secretSchema, value));
          return;
        default:
          this.#emit(checkEvent(name, value));
      }
    } catch {
      // Leaders send no other notifications.
      this.#socket.destroy();
    }
  }
}
