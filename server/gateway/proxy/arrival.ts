/**
 * A connection from a load balancer, before its header: reads the header, which names the client, within a
 * deadline.
 */
import type { Socket } from "node:net";
import { ParleyError } from "../../../protocol/errors.ts";
import type { Handshaking } from "../admission.ts";
import { type ProxyHeader, ProxyHeaderReader } from "./header.ts";

export interface ArrivalOptions {
  readonly socket: Socket;
  /** The balancer's address as limits count it. */
  readonly address: string;
  readonly deadlineMs: number;
  /** The header has arrived; the bytes after it are back in the socket. Listen in the same turn. */
  readonly came: (header: ProxyHeader) => void;
  /**
   * The socket is closed.
   * @param reason a code for the log; undefined if it sent nothing, as health checks of balancers do
   */
  readonly failed: (reason: string | undefined) => void;
}

export class Arrival implements Handshaking {
  readonly address: string;
  readonly #options: ArrivalOptions;
  readonly #reader = new ProxyHeaderReader();
  readonly #deadline: NodeJS.Timeout;
  #silent = true;
  #over = false;

  constructor(options: ArrivalOptions) {
    this.address = options.address;
    this.#options = options;
    this.#deadline = setTimeout(() => this.#fail("proxy-header-deadline"), options.deadlineMs);
    options.socket.on("data", this.#onData);
    for (const event of ["end", "error", "close"]) options.socket.on(event, this.#onStop);
  }

  evict(): void {
    this.#fail("evicted");
  }

  readonly #onStop = () => this.#fail(this.#silent ? undefined : "cut");

  readonly #onData = (chunk: Uint8Array) => {
    this.#silent = false;
    try {
      const found = this.#reader.push(chunk);
      if (found === undefined) return;
      const { socket, came } = this.#options;
      this.#finish();
      if (found.rest.length > 0) socket.unshift(found.rest);
      came(found.header);
    } catch (error) {
      this.#fail(error instanceof ParleyError ? error.code : "internal");
    }
  };

  #fail(reason: string | undefined): void {
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
    const { socket } = this.#options;
    socket.off("data", this.#onData);
    for (const event of ["end", "error", "close"]) socket.off(event, this.#onStop);
  }
}
