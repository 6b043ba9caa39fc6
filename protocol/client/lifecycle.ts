/**
 * A client's states from idle to closed: one connection after another, with pauses between. Holds the one
 * state value.
 */

import type { ServerRun } from "../channel/server-run.ts";
import {
  NetworkError,
  ParleyError,
  ProtocolError,
  type RefusalCode,
  RefusedError,
  TrustError,
  UsageError,
} from "../errors.ts";
import { RECONNECT_LAST_MS } from "../limits.ts";
import { Backoff } from "./backoff.ts";
import { openLine } from "./connection.ts";
import type { DeliveryNotice } from "./deliveries.ts";
import type { ClientState, OnlineUsers } from "./events.ts";
import type { ClientOptions } from "./options.ts";
import { NOBODY } from "./people.ts";
import { Session } from "./session.ts";

export interface LifecycleListener {
  state(state: ClientState): void;
  users(users: OnlineUsers): void;
  delivery(notice: DeliveryNotice): void;
}

/** Refusals of a sign-in or of a signed-in line that another try would only repeat. */
const FINAL_REFUSALS: ReadonlySet<string> = new Set<RefusalCode>([
  "auth-refused",
  "name-taken",
  "name-invalid",
  "invite-invalid",
  "invite-used",
  "invite-expired",
  "invite-later",
  "members-full",
  "superseded",
  "not-allowed",
]);

export class Lifecycle {
  readonly #options: ClientOptions;
  readonly #listener: LifecycleListener;
  readonly #backoff = new Backoff();
  readonly #closing = new AbortController();
  #state: ClientState = { type: "idle" };
  #users: OnlineUsers = NOBODY;
  #session: Session | undefined;
  #inviteToken: Uint8Array | undefined;
  #minimumCrlNumber: bigint | undefined;
  #maxSealedBytes = 0;
  #mailboxDays = 0;
  #maxBlobBytes = 0;
  #run: ServerRun | undefined;
  #signedIn: Promise<void> | undefined;
  #resolveSignedIn: () => void = () => {};
  #rejectSignedIn: (error: ParleyError) => void = () => {};
  #closed: Promise<void> | undefined;
  #endPause: () => void = () => {};

  constructor(options: ClientOptions, listener: LifecycleListener) {
    this.#options = options;
    this.#listener = listener;
    this.#inviteToken = options.inviteToken;
    this.#minimumCrlNumber = options.minimumCrlNumber;
  }

  get state(): ClientState {
    return this.#state;
  }
  get users(): OnlineUsers {
    return this.#users;
  }
  get minimumCrlNumber(): bigint | undefined {
    return this.#minimumCrlNumber;
  }
  /** Announced by the server of the current or last connection; 0 before the first. */
  get maxSealedBytes(): number {
    return this.#maxSealedBytes;
  }
  /** Announced in the same way; 0 also if the server does not say. */
  get mailboxDays(): number {
    return this.#mailboxDays;
  }
  /** Announced in the same way; 0 also if the server keeps no blobs. */
  get maxBlobBytes(): number {
    return this.#maxBlobBytes;
  }

  /** Likewise; undefined also where the server does not say. */
  get run(): ServerRun | undefined {
    return this.#run;
  }

  /** @throws UsageError "not-connected", "closed" */
  online(): Session {
    if (this.#state.type === "online" && this.#session !== undefined) return this.#session;
    throw this.#state.type === "closed" ? closed() : new UsageError("not-connected", "not online");
  }

  connect(): Promise<void> {
    if (this.#state.type === "closed") return Promise.reject(closed());
    if (this.#signedIn === undefined) {
      this.#signedIn = new Promise((resolve, reject) => {
        this.#resolveSignedIn = resolve;
        this.#rejectSignedIn = reject;
      });
      // A caller that ignores the promise can watch `state`, which reports the same.
      this.#signedIn.catch(() => {});
      void this.#stayConnected();
    }
    return this.#signedIn;
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  reconnectNow(): void {
    this.#endPause();
  }

  hangUp(): void {
    this.#session?.end(new NetworkError("cut", "the line was given up on this side"));
  }

  async #close(): Promise<void> {
    this.#enter({ type: "closed" });
    this.#closing.abort();
    this.#endPause();
    this.#rejectSignedIn(closed());
    const left = this.#session?.quit();
    this.#show(NOBODY);
    await left;
  }

  async #stayConnected(): Promise<void> {
    while (!this.#closing.signal.aborted) {
      this.#enter({ type: "connecting" });
      const error = await this.#oneConnection();
      if (this.#closing.signal.aborted) return;
      if (isFinal(error)) {
        this.#enter({ type: "closed", error });
        this.#rejectSignedIn(error);
        return;
      }
      await this.#pause(error);
    }
  }

  /**
   * Runs one connection.
   * @returns why there is no connection, or no longer one
   */
  async #oneConnection(): Promise<ParleyError> {
    let onlineSince: number | undefined;
    try {
      const session = await this.#openSession(() => {
        onlineSince = performance.now();
      });
      this.#session = session;
      return await session.ended;
    } catch (error) {
      if (error instanceof ParleyError) return error;
      return new ProtocolError("bad-handshake", "the connection could not be made", { cause: error });
    } finally {
      this.#session = undefined;
      this.#show(NOBODY);
      // Only a connection that lasted resets the backoff: a server may let clients in only to drop them.
      if (onlineSince !== undefined && performance.now() - onlineSince >= RECONNECT_LAST_MS)
        this.#backoff.reset();
    }
  }

  async #openSession(whenOnline: () => void): Promise<Session> {
    const { host, port, caFingerprint, name, identity, software } = this.#options;
    const minimumCrlNumber = this.#minimumCrlNumber ?? 0n;
    const trust = { caFingerprint, minimumCrlNumber };
    const inviteToken = this.#inviteToken;
    const { line, server } = await openLine(
      port,
      { trust, host, name, identity, inviteToken, software },
      this.#closing.signal,
    );
    if (this.#closing.signal.aborted) {
      line.destroy(); // close() was called while the handshake completed.
      throw closed();
    }
    this.#minimumCrlNumber = server.crlNumber;
    this.#maxSealedBytes = server.limits.maxSealedBytes;
    this.#mailboxDays = server.limits.mailboxDays;
    this.#maxBlobBytes = server.limits.maxBlobBytes;
    this.#run = server.run;
    const self = { name, identityKey: identity.publicKey, server: caFingerprint };
    const session: Session = new Session(line, self, server.limits.keepAliveMs, {
      online: () => {
        whenOnline();
        this.#inviteToken = undefined;
        this.#users = session.users;
        this.#enter({ type: "online" });
        this.#listener.users(this.#users);
        this.#resolveSignedIn();
      },
      users: (users) => this.#show(users),
      delivery: (notice) => this.#listener.delivery(notice),
    });
    return session;
  }

  #pause(error: ParleyError): Promise<void> {
    const delay = this.#backoff.next(error instanceof RefusedError ? error.retryAfterMs : undefined);
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, delay);
      this.#endPause = () => {
        clearTimeout(timer);
        resolve();
      };
      this.#enter({ type: "waiting", retryAt: Date.now() + delay, error });
    });
  }

  /** Enters a state; "closed" is final. */
  #enter(state: ClientState): void {
    if (this.#state.type === "closed") return;
    this.#state = state;
    this.#listener.state(state);
  }

  #show(users: OnlineUsers): void {
    if (this.#users === users) return;
    this.#users = users;
    this.#listener.users(users);
  }
}

function isFinal(error: ParleyError): boolean {
  if (error instanceof RefusedError) return FINAL_REFUSALS.has(error.code);
  return error instanceof TrustError || error instanceof UsageError;
}

function closed(): UsageError {
  return new UsageError("closed", "the client is closed");
}
