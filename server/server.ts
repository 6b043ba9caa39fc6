/**
 * The listener: accepts connections, takes each through the handshake to its sign-in, supervises sessions, and
 * drains them at the end.
 */
import { createServer, type Server as NetServer, type Socket } from "node:net";
import type { Logger } from "pino";
import type { ServerHandshakeOptions } from "../protocol/channel/handshake.ts";
import type { ServerRun } from "../protocol/channel/server-run.ts";
import { isLoopback } from "../protocol/identity/host.ts";
import type { BlobFiles } from "./blobs/blob-files.ts";
import { Admission, addressKey } from "./gateway/admission.ts";
import { Greeting } from "./gateway/greeting.ts";
import { allAtOnce, Chore, fail, type Pieces } from "./gateway/pieces.ts";
import { Arrival } from "./gateway/proxy/arrival.ts";
import { type AddressRange, TrustedProxies } from "./gateway/proxy/trusted.ts";
import type { Session } from "./gateway/session.ts";
import { SignInFlow } from "./gateway/sign-in-flow.ts";
import { Turns } from "./gateway/turns.ts";
import type { ServerLimits } from "./limits.ts";
import type { Reach } from "./membership/invitation.ts";
import { DAY_MS } from "./operations/duration.ts";
import { Health, type HealthReport } from "./operations/health.ts";
import { listenError } from "./operations/listen-error.ts";
import type { Family } from "./operations/metrics/exposition.ts";
import { families } from "./operations/metrics/families.ts";
import { type CredentialsKeeper, Upkeep } from "./operations/upkeep.ts";
import { createServices, type Services } from "./services.ts";
import type { Store } from "./store/store.ts";

/** How long to wait, when the server stops, for another program that locks the database. */
const LAST_WAIT_MS = 2_000;

export interface ServerOptions {
  readonly host: string;
  /** 0 picks a free port. */
  readonly port: number;
  /** Closed by the caller, after `stop()`. */
  readonly store: Store;
  /** On that store; told to every client. */
  readonly run: ServerRun;
  readonly blobFiles: BlobFiles;
  readonly authority: CredentialsKeeper;
  /** Returns the address in invites, for the port that is listened on. */
  readonly reach: (port: number) => Reach;
  readonly limits: ServerLimits;
  readonly log: Logger;
  readonly memberInvites: boolean;
  /** Load balancers, which name each connection's client in a PROXY header. */
  readonly proxyFrom: readonly AddressRange[];
  /** Sent to clients, for their logs. */
  readonly software: string;
}

/**
 * Starts a server.
 * @throws OperatorError "port-in-use", "address-unavailable"
 */
export async function startServer(options: ServerOptions): Promise<Server> {
  const server = new Server(options);
  await server.listen();
  return server;
}

/** A running server, made by startServer(). */
export class Server {
  readonly #options: ServerOptions;
  readonly #services: Services<Session>;
  readonly #upkeep: Upkeep;
  readonly #sessionsTick: Chore;
  readonly #admission: Admission;
  readonly #proxies: TrustedProxies;
  /** Connections from balancers whose header has not arrived yet. */
  readonly #arrivals: Admission;
  readonly #net: NetServer;
  readonly #sockets = new Set<Socket>();
  readonly #turns = new Turns();
  readonly #signIn: SignInFlow;
  readonly #health: Health;
  #handshake: ServerHandshakeOptions | undefined;
  #timers: NodeJS.Timeout[] = [];
  #port = 0;
  #stopped: Promise<void> | undefined;

  constructor(options: ServerOptions) {
    this.#options = options;
    const { store, blobFiles, limits, log, memberInvites, reach } = options;
    this.#services = createServices<Session>({
      store,
      blobFiles,
      limits,
      log,
      memberInvites,
      reach: () => reach(this.#port),
      clock: () => Date.now(),
    });
    this.#signIn = new SignInFlow(this.#services);
    this.#upkeep = new Upkeep(this.#services, options.authority, performance.now());
    this.#sessionsTick = new Chore(this.#services.shares, () => this.#tickSessions(), fail);
    this.#admission = new Admission(limits);
    this.#proxies = new TrustedProxies(options.proxyFrom);
    this.#arrivals = new Admission({ ...limits, handshakesPerAddress: limits.handshakes });
    this.#health = new Health(this.#services, options.authority);
    this.#net = createServer({ noDelay: true }, (socket) => this.#accept(socket));
  }

  /** The port that is listened on. */
  get port(): number {
    return this.#port;
  }

  async listen(): Promise<void> {
    const { host, port, limits } = this.#options;
    // Members revoked while no server ran.
    allAtOnce(this.#services.switchboard.endRevoked());
    allAtOnce(this.#services.blobs.cutUnfinished());
    this.#health.probe();
    await new Promise<void>((resolve, reject) => {
      this.#net.once("error", (error) => reject(listenError(error, host, port)));
      this.#net.listen({ host, port }, resolve);
    });
    const address = this.#net.address();
    this.#port = typeof address === "object" && address !== null ? address.port : port;
    this.#net.on("error", (error) =>
      this.#services.remote.note("anybody", "cannotAccept", { detail: error.message }),
    );
    this.#upkeep.checkBlobs();
    this.#timers = [
      setInterval(() => this.#tick(), limits.tickMs),
      setInterval(() => this.#upkeep.watch(performance.now()), limits.watchMs),
      setInterval(() => this.#upkeep.daily(), DAY_MS),
      setInterval(() => this.#health.probe(), limits.probeMs),
    ];
  }

  health(now = new Date()): HealthReport {
    return this.#health.report(this.#stopped !== undefined, now);
  }

  /** Returns its current metrics for the operator. */
  metrics(): Family[] {
    const { store, counts } = this.#services;
    return families(counts, store, {
      connections: this.#sockets.size,
      handshakes: this.#admission.underWay,
      online: this.#services.presence.size,
      heldBytes: this.#services.holdings.bytes,
      expiry: this.#health.expiry,
    });
  }

  /**
   * Stops accepting, stores all mail in flight, and sends QUIT to everybody. Safe to call twice; never
   * rejects.
   */
  stop(): Promise<void> {
    this.#stopped ??= this.#drain();
    return this.#stopped;
  }

  async #drain(): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer);
    const closed = new Promise<void>((resolve) => this.#net.close(() => resolve()));
    this.#arrivals.evictAll();
    this.#admission.evictAll();
    const sessions = [...this.#services.presence.all()];
    for (const session of sessions) session.outbox.closeNow();
    // Worth a wait, since the last writes store mail.
    this.#options.store.waitForOthers(LAST_WAIT_MS);
    this.#upkeep.last(performance.now());
    // Senders are told that their mail is stored before they receive QUIT.
    await this.#services.blobs.settled();
    await this.#options.store.committed().catch(() => {});
    for (const session of sessions) session.sendQuit();
    this.#services.presence.close();
    const impatience = setTimeout(() => {
      for (const socket of this.#sockets) socket.destroy();
    }, this.#options.limits.drainMs);
    await closed;
    clearTimeout(impatience);
    await this.#upkeep.end();
  }

  #accept(socket: Socket): void {
    if (socket.remoteAddress === undefined) {
      // The socket may be reset by now, as by HAProxy's health checks; then nobody knows its client.
      socket.on("error", () => {});
      socket.destroy();
      return;
    }
    const address = addressKey(socket.remoteAddress);
    if (!this.#proxies.has(socket.remoteAddress)) {
      this.#enter(socket, address);
      return;
    }
    const arrival = new Arrival({
      socket,
      address,
      deadlineMs: this.#options.limits.handshakeDeadlineMs,
      came: (header) => {
        this.#arrivals.finished(arrival);
        if (header.type === "local") this.#enter(socket, address, true);
        else this.#enter(socket, addressKey(header.address));
      },
      failed: (reason) => {
        this.#arrivals.finished(arrival);
        if (reason !== undefined) this.#handshakeFailed(0, address, reason);
      },
    });
    this.#arrivals.begin(arrival);
  }

  /**
   * @param isCheck a health check of the balancer itself, which may send nothing
   */
  #enter(socket: Socket, address: string, isCheck = false): void {
    const { counts, remote } = this.#services;
    if (this.#stopped !== undefined || !this.#admission.connected(address)) {
      const reason = this.#stopped === undefined ? "too-many-connections" : "stopping";
      counts.connectionsRefused.add(reason);
      remote.note({ address }, "handshakeFailed", { connection: 0, address, reason });
      socket.on("error", () => {});
      socket.destroy();
      return;
    }
    counts.connections += 1;
    const connection = counts.connections;
    this.#keep(socket, address);
    const greeting = new Greeting({
      socket,
      address,
      deadlineMs: this.#options.limits.handshakeDeadlineMs,
      handshake: this.#handshakeNow(),
      waitToAnswer: () => {
        const wait = this.#admission.waitToAnswer(address, performance.now());
        if (wait > 0) counts.handshakesDelayed += 1;
        return wait;
      },
      servedUpToBytes: this.#options.limits.servedUpToBytes,
      inTurn: (work) => this.#turns.add(address, work),
      welcome: (line, client) => {
        this.#admission.finished(greeting);
        counts.handshakes += 1;
        this.#signIn.run(line, client, connection, address);
      },
      failed: (reason) => {
        this.#admission.finished(greeting);
        if (reason === "cut" && (isCheck || isOwnProbe(socket))) return;
        this.#handshakeFailed(connection, address, reason);
      },
    });
    this.#admission.begin(greeting);
    this.#services.holdings.add(greeting);
  }

  #handshakeFailed(connection: number, address: string, reason: string): void {
    this.#services.counts.handshakesFailed.add(reason);
    this.#services.remote.note({ address }, "handshakeFailed", { connection, address, reason });
  }

  /** Returns the same object until the server has another certificate or revocation list. */
  #handshakeNow(): ServerHandshakeOptions {
    const { limits, authority, software, run } = this.#options;
    const { credentials } = authority;
    if (this.#handshake?.credentials === credentials) return this.#handshake;
    const { maxSealedBytes, keepAliveMs, mailboxDays, maxBlobBytes } = limits;
    const announced = { maxSealedBytes, keepAliveMs, mailboxDays, maxBlobBytes };
    this.#handshake = { credentials, limits: announced, software, run };
    return this.#handshake;
  }

  /**
   * Separate from #accept(), so that the listeners, which live as long as the connection, do not keep the
   * handshake in memory.
   */
  #keep(socket: Socket, address: string): void {
    this.#sockets.add(socket);
    socket.once("close", () => {
      this.#sockets.delete(socket);
      this.#admission.disconnected(address);
    });
  }

  #tick(): void {
    const now = performance.now();
    this.#admission.tick(now);
    this.#services.remote.tick(now);
    this.#services.allowances.tick(now);
    this.#services.signals.tick(now);
    this.#services.holdings.look();
    this.#sessionsTick.due();
  }

  *#tickSessions(): Pieces {
    for (const [at, session] of [...this.#services.presence.all()].entries()) {
      if (at % SESSIONS_A_PIECE === 0) yield;
      session.tick(performance.now());
    }
  }
}

/** Each session may send a PING, some 15 µs. */
const SESSIONS_A_PIECE = 16;

/**
 * Returns whether a connection came from this machine and sent nothing: a probe whether the server listens,
 * e.g. by the editor that started it.
 */
function isOwnProbe({ remoteAddress = "", bytesRead }: Socket): boolean {
  return bytesRead === 0 && isLoopback(remoteAddress.replace(/^::ffff:/, ""));
}
