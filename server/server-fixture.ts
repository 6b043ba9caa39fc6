/**
 * A real server on a port of its own, with credentials made beforehand, since RSA keys take long to generate.
 */
import { randomBytes } from "node:crypto";
import { credentials, stored } from "../protocol/channel/handshake-fixture.ts";
import { Identity } from "../protocol/identity/identity.ts";
import { username } from "../protocol/names.ts";
import { RawClient } from "./gateway/raw-client-fixture.ts";
import { DEFAULT_LIMITS, type ServerLimits } from "./limits.ts";
import type { HealthReport } from "./operations/health.ts";
import { createLog } from "./operations/log.ts";
import { exposition } from "./operations/metrics/exposition.ts";
import { beginRun } from "./operations/runs.ts";
import { type Server, type ServerOptions, startServer } from "./server.ts";
import type { InviteTerms, Store } from "./store/store.ts";
import { TemporaryStore } from "./store/store-fixture.ts";

export class TestServer {
  /** Everything that was logged, at the most verbose level. */
  log = "";
  readonly #files = new TemporaryStore();
  readonly #identities = new Map<string, Identity>();
  readonly #clients: RawClient[] = [];
  #running: { server: Server; store: Store } | undefined;

  static async start(
    limits: Partial<ServerLimits> = {},
    more: Partial<ServerOptions> = {},
  ): Promise<TestServer> {
    const server = new TestServer();
    await server.start(limits, more);
    return server;
  }

  /** Starts the server, after stop() on the same data. */
  async start(limits: Partial<ServerLimits> = {}, more: Partial<ServerOptions> = {}): Promise<void> {
    const all = { ...DEFAULT_LIMITS, tickMs: 10, watchMs: 20, ...limits };
    const store = this.#files.open(all);
    const caFingerprint = Buffer.from(stored.caFingerprint, "base64");
    const server = await startServer({
      host: "127.0.0.1",
      port: 0,
      store,
      run: beginRun(store.settings),
      blobFiles: this.#files.openBlobFiles(),
      authority: { credentials, refresh: async () => {}, dropExpired: async () => {} },
      reach: (port) => ({ host: "127.0.0.1", port, caFingerprint }),
      limits: all,
      log: createLog({ level: "debug", json: true, sink: { write: (line) => (this.log += line) } }),
      memberInvites: true,
      proxyFrom: [],
      software: "parley-server/test",
      ...more,
    });
    this.#running = { server, store };
  }

  get port(): number {
    return this.#parts.server.port;
  }

  health(now?: Date): HealthReport {
    return this.#parts.server.health(now);
  }

  /**
   * Returns a metric's value, as a scrape would show it.
   * @param labels as in `reason="cut"`
   */
  metric(name: string, labels?: string): number | undefined {
    const line = exposition(this.#parts.server.metrics())
      .split("\n")
      .find((one) => one.startsWith(labels === undefined ? `${name} ` : `${name}{${labels}} `));
    return line === undefined ? undefined : Number(line.slice(line.lastIndexOf(" ")));
  }

  get metricNames(): string[] {
    return this.#parts.server.metrics().map(({ name }) => name);
  }

  get store(): Store {
    return this.#parts.store;
  }

  get blobFolder(): string {
    return this.#files.blobFolder;
  }

  get databasePath(): string {
    return this.#files.path;
  }

  /**
   * Opens the store as a `parley-server` command beside the server does. In this one process it cannot wait
   * for the server's uncommitted writes.
   */
  async openStoreBeside(): Promise<Store> {
    await this.store.committed();
    return this.#files.open();
  }

  /** Returns the same identity for the same name during the test. */
  identity(name: string): Identity {
    const identity = this.#identities.get(name) ?? Identity.generate();
    this.#identities.set(name, identity);
    return identity;
  }

  async invite(terms: Partial<InviteTerms> = {}): Promise<Uint8Array> {
    const token = randomBytes(20);
    this.store.invites.add(token, { uses: 1, expiresAt: Date.now() + 60_000, ...terms });
    await this.store.committed();
    return token;
  }

  /** Connects and sends messages 1.0 to 1.2. */
  async connect(
    name: string,
    more: { identity?: Identity; inviteToken?: Uint8Array } = {},
  ): Promise<RawClient> {
    const identity = more.identity ?? this.identity(name);
    const client = await RawClient.connect(this.port, { ...more, name: username(name), identity });
    this.#clients.push(client);
    return client;
  }

  /** Connects a member: enrolled if needed, signed in, and past message 1.3. */
  async join(name: string): Promise<RawClient> {
    const known = this.store.directory.find(username(name)) !== undefined;
    const client = await this.connect(name, known ? {} : { inviteToken: await this.invite() });
    await client.welcome();
    return client;
  }

  async stop(): Promise<void> {
    await this.#parts.server.stop();
    this.#parts.store.close();
  }

  async remove(): Promise<void> {
    for (const client of this.#clients) client.line.destroy();
    await this.stop();
    this.#files.remove();
  }

  get #parts(): { server: Server; store: Store } {
    if (this.#running === undefined) throw new Error("not started");
    return this.#running;
  }
}

/**
 * Starts a server with two online members before each test of the calling suite, and removes it afterwards.
 * @param take receives them before each test
 */
export function withAliceAndBob(
  take: (started: {
    readonly server: TestServer;
    readonly alice: RawClient;
    readonly bob: RawClient;
  }) => void | Promise<void>,
): void {
  let server: TestServer;
  beforeEach(async () => {
    server = await TestServer.start();
    await take({ server, alice: await server.join("alice"), bob: await server.join("bob") });
  });
  afterEach(() => server.remove());
}
