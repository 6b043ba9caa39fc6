/** The leader's end of the pipe to one follower. */
import type { Socket } from "node:net";
import * as v from "valibot";
import { type MessageConnection, ResponseError } from "vscode-jsonrpc/node";
import type { FrameReader } from "../../protocol/wire/frame.ts";
import { type Call, checkParams, isCall, type Params, type Result } from "../calls.ts";
import {
  ALIVE,
  FAULT,
  FOCUS,
  type Focus,
  focusSchema,
  MAX_CALL_BYTES,
  type Notification,
} from "./pipe-messages.ts";
import { connectionOver } from "./pipe-transport.ts";

export interface FollowerHost {
  /** Runs a call of the follower. @throws ResponseError, which is sent to the follower */
  answer<C extends Call>(call: C, params: Params<C>): Promise<Result<C>>;
  focus(follower: FollowerConnection, focus: Focus): void;
}

export class FollowerConnection {
  readonly #socket: Socket;
  readonly #connection: MessageConnection;
  readonly #host: FollowerHost;

  /** Starts listening. @param reader the reader that the handshake returned */
  constructor(socket: Socket, reader: FrameReader, host: FollowerHost) {
    this.#socket = socket;
    this.#host = host;
    this.#connection = connectionOver(socket, reader, MAX_CALL_BYTES);
    this.#connection.onRequest((method, params: unknown) => this.#requested(method, params));
    this.#connection.onNotification((method, params: unknown) => this.#notified(method, params));
    this.#connection.listen();
  }

  notify({ name, value }: Notification): void {
    if (!this.#socket.destroyed) this.#connection.sendNotification(name, value).catch(() => this.end());
  }

  end(): void {
    this.#socket.destroy();
  }

  #requested(method: string, params: unknown): Promise<unknown> {
    if (method === ALIVE) return Promise.resolve(null);
    if (isCall(method)) {
      const checked = checkParams(method, params);
      if (checked !== undefined) return this.#host.answer(method, checked.params);
    }
    this.end();
    return Promise.reject(new ResponseError(FAULT, "No such call"));
  }

  #notified(method: string, params: unknown): void {
    const focus = v.safeParse(focusSchema, params);
    if (method === FOCUS && focus.success) this.#host.focus(this, focus.output);
    else this.end();
  }
}
