/** The account's connection to the server: at most one Client, with its state as a MessengerState. */
import {
  Client,
  type ClientOptions,
  type ClientState,
  type OnlineUsers,
} from "../../protocol/client/client.ts";
import type { ParleyError } from "../../protocol/errors.ts";
import type { MessengerState } from "../model.ts";

export interface ConnectionListener {
  /** Called with a new client before it connects, so that no event is missed. */
  opened(client: Client): void;
  state(state: ClientState): void;
  people(): void;
}

const NOBODY: OnlineUsers = new Map();

export class Connection {
  readonly #listener: ConnectionListener;
  #client: Client | undefined;

  constructor(listener: ConnectionListener) {
    this.#listener = listener;
  }

  get state(): MessengerState {
    return shown(this.#client?.state ?? { type: "idle" });
  }

  /** Returns the client; undefined while it is offline. */
  get client(): Client | undefined {
    return this.#client?.state.type === "online" ? this.#client : undefined;
  }

  get users(): OnlineUsers {
    return this.#client?.users ?? NOBODY;
  }

  /** Connects, and reconnects until stopped. Restarts a stopped client. Does not wait: listen to the state. */
  start(options: ClientOptions): void {
    if (this.#client !== undefined && this.#client.state.type !== "closed") return;
    this.#connect(options).catch(() => {}); // the state has the error
  }

  /**
   * Connects for a first sign-in, without retries. The caller stops the client after a failure.
   * @throws NetworkError, RefusedError, TrustError
   */
  visit(options: ClientOptions): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#connect(options, reject).then(resolve, reject);
    });
  }

  reconnectNow(): void {
    this.#client?.reconnectNow();
  }

  /** Sends QUIT and ends the line. */
  async stop(): Promise<void> {
    const client = this.#client;
    this.#client = undefined;
    await client?.close();
  }

  #connect(options: ClientOptions, onWaiting?: (error: ParleyError) => void): Promise<void> {
    const client = new Client(options);
    this.#client = client;
    client.on("state", (state) => {
      if (this.#client !== client) return;
      if (state.type === "waiting") onWaiting?.(state.error);
      this.#listener.state(state);
    });
    client.on("users", () => this.#listener.people());
    this.#listener.opened(client);
    return client.connect();
  }
}

function shown(state: ClientState): MessengerState {
  switch (state.type) {
    case "idle":
      return { type: "signed-out" };
    case "closed":
      return state.error === undefined ? { type: "signed-out" } : { type: "stopped", error: state.error };
    case "connecting":
    case "online":
    case "waiting":
      return state;
  }
}
