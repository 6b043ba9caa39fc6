/** The role of the window that has the account open. It owns the messenger and serves the other windows. */
import { randomBytes } from "node:crypto";
import type { Socket } from "node:net";
import { ResponseError } from "vscode-jsonrpc/node";
import { CALLS, type Call, type Calls, type Params, type Result } from "../calls.ts";
import { type AnyEvent, EVENTS, subscribeAll } from "../events.ts";
import { faultOf } from "../fault.ts";
import { Messenger } from "../messenger.ts";
import type { MessengerOptions } from "../model.ts";
import { FocusTracker } from "./focus-tracker.ts";
import { FollowerConnection } from "./follower-connection.ts";
import type { KnownSecrets } from "./known-secrets.ts";
import type { LeaderLock } from "./leader-lock.ts";
import { markLocked, unmarkLocked } from "./locked-mark.ts";
import { greetAsLeader, TOKEN_BYTES } from "./pipe-handshake.ts";
import { FAULT, type Focus, type Notification } from "./pipe-messages.ts";
import { PipeServer } from "./pipe-server.ts";
import type { Emit, Role } from "./role.ts";
import { ViewPublisher } from "./view-publisher.ts";

export interface LeaderOptions extends MessengerOptions {
  readonly secrets: KnownSecrets;
  readonly emit: Emit;
}

export class Leader implements Role {
  readonly ended: Promise<void>;
  readonly shown: Messenger;
  readonly #lock: LeaderLock;
  readonly #options: LeaderOptions;
  readonly #token = randomBytes(TOKEN_BYTES);
  readonly #server: PipeServer;
  readonly #sockets = new Set<Socket>();
  readonly #followers = new Set<FollowerConnection>();
  readonly #focus = new FocusTracker<FollowerConnection | Leader>();
  readonly #publisher = new ViewPublisher();
  #closing: Promise<void> | undefined;
  #resolveEnded: () => void = () => {};

  private constructor(messenger: Messenger, lock: LeaderLock, options: LeaderOptions) {
    this.shown = messenger;
    this.#lock = lock;
    this.#options = options;
    this.ended = new Promise((resolve) => {
      this.#resolveEnded = resolve;
    });
    this.#focus.note(this, { focused: false, at: 0 });
    const { directory, log } = options;
    const welcome = (socket: Socket) => void this.#welcome(socket);
    this.#server = new PipeServer({ directory, token: this.#token, log, welcome });
    subscribeAll(messenger, (event) => this.#hear(event));
    options.secrets.on("learned", (secret) => this.#notifyAll({ name: "secret", value: secret }));
  }

  /**
   * Opens the account and starts serving the other windows.
   * @param lock released if this throws
   * @throws as Messenger.open
   */
  static async open(lock: LeaderLock, options: LeaderOptions): Promise<Leader> {
    try {
      const leader = new Leader(await Messenger.open(options), lock, options);
      unmarkLocked(options.directory);
      await leader.#server.open();
      return leader;
    } catch (error) {
      lock.release();
      throw error;
    }
  }

  perform<C extends Call>(call: C, params: Params<C>): Promise<Result<C>> {
    const calls: Calls = this.shown;
    return calls[call](params);
  }

  focus(focus: Focus): void {
    this.#focus.note(this, focus);
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  /** Closes the messenger, then the followers' connections, since a disconnected follower tries to take the lock at once. */
  async #close(): Promise<void> {
    this.#server.close();
    const { gone } = await this.shown.handOver();
    this.#lock.release();
    for (const socket of this.#sockets) socket.destroy();
    this.#resolveEnded();
    await gone;
  }

  async #welcome(socket: Socket): Promise<void> {
    this.#sockets.add(socket);
    socket.on("error", () => {}); // "close" follows
    socket.once("close", () => this.#sockets.delete(socket));
    try {
      const reader = await greetAsLeader(socket, this.#token);
      const follower: FollowerConnection = new FollowerConnection(socket, reader, {
        answer: (call, params) => this.#answer(call, params),
        focus: (from, focus) => this.#focus.note(from, focus),
      });
      socket.once("close", () => {
        this.#followers.delete(follower);
        this.#focus.forget(follower);
      });
      this.#publishView(); // also in this window, so that all windows have the same state before the answer
      this.#followers.add(follower);
      this.#focus.note(follower, { focused: false, at: 0 });
      for (const secret of this.#options.secrets.all) follower.notify({ name: "secret", value: secret });
      const all = new ViewPublisher().change(this.shown);
      if (all !== undefined) follower.notify({ name: "view", value: all });
    } catch (error) {
      this.#options.log.warn(`A connection to this window's pipe was refused: ${String(error)}`);
    }
  }

  async #answer<C extends Call>(call: C, params: Params<C>): Promise<Result<C>> {
    try {
      // A closing leader does not answer: the follower repeats the call to the next leader.
      if (this.#closing !== undefined) return await new Promise<never>(() => {});
      const result = await this.perform(call, params);
      if (CALLS[call].changesView && this.#closing === undefined) this.#publishView();
      return result;
    } catch (error) {
      if (this.#closing !== undefined) return new Promise<never>(() => {});
      const fault = faultOf(error);
      if (fault === undefined) this.#options.log.error(`${call} for another window failed: ${String(error)}`);
      throw new ResponseError(
        FAULT,
        call,
        fault ?? {
          kind: "usage",
          code: "wrong-state",
          detail: "The log of the window that has the account open says more",
        },
      );
    }
  }

  #hear(event: AnyEvent): void {
    switch (EVENTS[event.name].reach) {
      case "view":
        this.#publishView();
        this.#options.emit(event);
        return;
      case "all":
        if (event.name === "locked") this.#admitNobody();
        this.#notifyAll(event);
        this.#options.emit(event);
        return;
      case "one":
        this.#notifyOne(event);
    }
  }

  /**
   * Stops accepting connections. A follower that receives "locked" reconnects at once to find an unlocked window, and must not reach this
   * one.
   */
  #admitNobody(): void {
    this.#server.close();
    try {
      // A window that is connecting at this moment misses the notification.
      markLocked(this.#options.directory);
    } catch (error) {
      this.#options.log.warn(`A window may miss that Parley is locked: ${String(error)}`);
    }
  }

  /** Emits an event in the window that the user is looking at, after that window has received the state that the event is about. */
  #notifyOne(event: AnyEvent): void {
    setImmediate(() => {
      if (this.#closing !== undefined) return;
      this.#publishView();
      const { chosen } = this.#focus;
      if (chosen instanceof FollowerConnection) chosen.notify(event);
      else this.#options.emit(event);
    });
  }

  #publishView(): void {
    if (this.#followers.size === 0) return;
    const change = this.#publisher.change(this.shown);
    if (change !== undefined) this.#notifyAll({ name: "view", value: change });
  }

  #notifyAll(notification: Notification): void {
    for (const follower of this.#followers) follower.notify(notification);
  }
}
