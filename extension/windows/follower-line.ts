/** The owner's end of the pipe to one other window. */
import type { Socket } from "node:net";
import * as v from "valibot";
import { type MessageConnection, ResponseError } from "vscode-jsonrpc/node";
import type { FrameReader } from "../../protocol/wire/frame.ts";
import {
  ALIVE,
  FAULT,
  FOCUS,
  type Focus,
  focusSchema,
  MAX_QUESTION_BYTES,
  type Tiding,
  type TidingOf,
} from "./contract.ts";
import { connectionOver } from "./pipe-transport.ts";
import { isVerb, type Params, type Result, VERBS, type Verb } from "./verbs.ts";

export interface LineHost {
  /** @throws ResponseError for the follower's eyes */
  answer<V extends Verb>(verb: V, params: Params<V>): Promise<Result<V>>;
  focus(line: FollowerLine, focus: Focus): void;
}

export class FollowerLine {
  readonly #socket: Socket;
  readonly #connection: MessageConnection;
  readonly #host: LineHost;

  /** Listens from now on. @param reader of the handshake */
  constructor(socket: Socket, reader: FrameReader, host: LineHost) {
    this.#socket = socket;
    this.#host = host;
    this.#connection = connectionOver(socket, reader, MAX_QUESTION_BYTES);
    this.#connection.onRequest((method, params: unknown) => this.#asked(method, params));
    this.#connection.onNotification((method, params: unknown) => this.#noted(method, params));
    this.#connection.listen();
  }

  tell<T extends Tiding>(tiding: T, value: TidingOf<T>): void {
    if (!this.#socket.destroyed) this.#connection.sendNotification(tiding, value).catch(() => this.end());
  }

  end(): void {
    this.#socket.destroy();
  }

  #asked(method: string, params: unknown): Promise<unknown> {
    if (method === ALIVE) return Promise.resolve(null);
    if (isVerb(method)) {
      const checked = v.safeParse(VERBS[method].params, params);
      if (checked.success) return this.#host.answer(method, checked.output);
    }
    this.end();
    return Promise.reject(new ResponseError(FAULT, "Not of this contract"));
  }

  #noted(method: string, params: unknown): void {
    const focus = v.safeParse(focusSchema, params);
    if (method === FOCUS && focus.success) this.#host.focus(this, focus.output);
    else this.end();
  }
}
