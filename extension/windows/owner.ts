/** The seat of the window that holds the account: has the messenger, and serves the other windows. */
import { randomBytes } from "node:crypto";
import type { Socket } from "node:net";
import { ResponseError } from "vscode-jsonrpc/node";
import { shownKind } from "../messenger/kinds/body.ts";
import { Messenger } from "../messenger/messenger.ts";
import type { ChatMessage, MessengerOptions, Person } from "../messenger/model.ts";
import { perform } from "./actions.ts";
import { Attention } from "./attention.ts";
import { FAULT, type Focus, type Tiding, type TidingOf } from "./contract.ts";
import { Door } from "./door.ts";
import { faultOf } from "./fault.ts";
import { FollowerLine } from "./follower-line.ts";
import type { KnownSecrets } from "./known-secrets.ts";
import { markLocked, unmarkLocked } from "./locked-mark.ts";
import type { OwnerLock } from "./owner-lock.ts";
import { greetAsOwner, TOKEN_BYTES } from "./pipe-handshake.ts";
import type { Emit, Seat } from "./seat.ts";
import { type Params, type Result, VERBS, type Verb } from "./verbs.ts";
import { ViewTeller } from "./view-teller.ts";

export interface OwnerOptions extends MessengerOptions {
  readonly secrets: KnownSecrets;
  readonly emit: Emit;
}

export class Owner implements Seat {
  readonly ended: Promise<void>;
  readonly shown: Messenger;
  readonly #lock: OwnerLock;
  readonly #options: OwnerOptions;
  readonly #token = randomBytes(TOKEN_BYTES);
  readonly #door: Door;
  readonly #sockets = new Set<Socket>();
  readonly #lines = new Set<FollowerLine>();
  readonly #attention = new Attention<FollowerLine | Owner>();
  readonly #teller = new ViewTeller();
  #closing: Promise<void> | undefined;
  #tellEnded: () => void = () => {};

  private constructor(messenger: Messenger, lock: OwnerLock, options: OwnerOptions) {
    this.shown = messenger;
    this.#lock = lock;
    this.#options = options;
    this.ended = new Promise((resolve) => {
      this.#tellEnded = resolve;
    });
    this.#attention.note(this, { focused: false, at: 0 });
    const { directory, log } = options;
    const welcome = (socket: Socket) => void this.#welcome(socket);
    this.#door = new Door({ directory, token: this.#token, log, welcome });
    messenger.on("changed", () => this.#changed());
    messenger.on("message", (message) => this.#added(message));
    messenger.on("updated", (message) => {
      this.#options.emit("updated", message);
      this.#tellAll("updated", message);
    });
    messenger.on("removed", ({ peer, ids }) => {
      const removed = { peer, ids: [...ids] };
      this.#options.emit("removed", removed);
      this.#tellAll("removed", removed);
    });
    messenger.on("archiving", (progress) => {
      this.#options.emit("archiving", progress);
      this.#tellAll("archiving", progress);
    });
    messenger.on("locked", () => {
      // Who is told comes again to see whether it was unlocked: not through this window, before it has closed.
      this.#door.close();
      this.#markLocked();
      this.#tellAll("locked", {});
      this.#options.emit("locked");
    });
    messenger.on("vault", (contents) => {
      this.#tellAll("vault", { contents: [...contents] });
      this.#options.emit("vault", contents);
    });
    messenger.on("request", (person) => this.#requested(person));
    options.secrets.on("learned", (secret) => this.#tellAll("secret", secret));
  }

  /**
   * @param lock released where this throws
   * @throws as Messenger.open
   */
  static async open(lock: OwnerLock, options: OwnerOptions): Promise<Owner> {
    try {
      const owner = new Owner(await Messenger.open(options), lock, options);
      unmarkLocked(options.directory);
      await owner.#door.open();
      return owner;
    } catch (error) {
      lock.release();
      throw error;
    }
  }

  perform<V extends Verb>(verb: V, params: Params<V>): Promise<Result<V>> {
    return perform(this.shown, verb, params);
  }

  focus(focus: Focus): void {
    this.#attention.note(this, focus);
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  /** The others are cut off last: the first thing they do then is to reach for the lock. */
  async #close(): Promise<void> {
    this.#door.close();
    const { gone } = await this.shown.handOver();
    this.#lock.release();
    for (const socket of this.#sockets) socket.destroy();
    this.#tellEnded();
    await gone;
  }

  /** For a window that is on its way here just now, and is not told. */
  #markLocked(): void {
    try {
      markLocked(this.#options.directory);
    } catch (error) {
      this.#options.log.warn(`A window may not hear that Parley is locked: ${String(error)}`);
    }
  }

  async #welcome(socket: Socket): Promise<void> {
    this.#sockets.add(socket);
    socket.on("error", () => {}); // "close" follows
    socket.once("close", () => this.#sockets.delete(socket));
    try {
      const reader = await greetAsOwner(socket, this.#token);
      const line: FollowerLine = new FollowerLine(socket, reader, {
        answer: (verb, params) => this.#answer(verb, params),
        focus: (from, focus) => this.#attention.note(from, focus),
      });
      socket.once("close", () => {
        this.#lines.delete(line);
        this.#attention.forget(line);
      });
      this.#tellChange(); // so that all, this one among them, are at the same place from here on
      this.#lines.add(line);
      this.#attention.note(line, { focused: false, at: 0 });
      for (const secret of this.#options.secrets.all) line.tell("secret", secret);
      const all = new ViewTeller().news(this.shown);
      if (all !== undefined) line.tell("view", all);
    } catch (error) {
      this.#options.log.warn(`Somebody at the windows' pipe was turned away: ${String(error)}`);
    }
  }

  async #answer<V extends Verb>(verb: V, params: Params<V>): Promise<Result<V>> {
    try {
      // A closing owner answers nothing any more: the next one is asked again.
      if (this.#closing !== undefined) return await new Promise<never>(() => {});
      const result = await this.perform(verb, params);
      if (VERBS[verb].changes && this.#closing === undefined) this.#tellChange();
      return result;
    } catch (error) {
      if (this.#closing !== undefined) return new Promise<never>(() => {});
      const fault = faultOf(error);
      if (fault === undefined) this.#options.log.error(`${verb} for another window failed: ${String(error)}`);
      throw new ResponseError(
        FAULT,
        verb,
        fault ?? {
          kind: "usage",
          code: "wrong-state",
          detail: "The log of the window that holds the account says more",
        },
      );
    }
  }

  #changed(): void {
    this.#tellChange();
    this.#options.emit("changed");
  }

  #tellChange(): void {
    if (this.#lines.size === 0) return;
    const news = this.#teller.news(this.shown);
    if (news !== undefined) this.#tellAll("view", news);
  }

  #added(message: ChatMessage): void {
    this.#options.emit("message", message);
    this.#tellAll("message", message);
    if (message.mine || !shownKind(message.body).effect.notify) return;
    const here = () => this.#options.emit("tell", message);
    this.#tellUser(here, (line) => line.tell("tell", message));
  }

  #requested(person: Person): void {
    const here = () => this.#options.emit("request", person);
    this.#tellUser(here, (line) => line.tell("request", person));
  }

  /** In one window, which shows by then what it tells of. */
  #tellUser(here: () => void, there: (line: FollowerLine) => void): void {
    setImmediate(() => {
      if (this.#closing !== undefined) return;
      this.#tellChange();
      const chosen = this.#attention.chosen;
      if (chosen instanceof FollowerLine) there(chosen);
      else here();
    });
  }

  #tellAll<T extends Tiding>(tiding: T, value: TidingOf<T>): void {
    for (const line of this.#lines) line.tell(tiding, value);
  }
}
