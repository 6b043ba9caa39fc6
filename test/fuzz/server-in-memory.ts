/**
 * A server without sockets and sign-ins: its sessions, switchboard and store are the real ones, fast enough
 * for a thousand inputs a second.
 */
import { duplexPair } from "node:stream";
import { Line } from "../../protocol/channel/line.ts";
import { Identity } from "../../protocol/identity/identity.ts";
import { MAX_FRAME_BYTES } from "../../protocol/limits.ts";
import { username } from "../../protocol/names.ts";
import { FrameReader } from "../../protocol/wire/frame.ts";
import { RawClient, SERVER } from "../../server/gateway/raw-client-fixture.ts";
import { Session } from "../../server/gateway/session.ts";
import { DEFAULT_LIMITS } from "../../server/limits.ts";
import { createLog } from "../../server/operations/log.ts";
import { createServices, type Services } from "../../server/services.ts";
import { TemporaryStore } from "../../server/store/store-fixture.ts";
import { channels } from "./targets/records.ts";

/** Rate limits are off. */
const LIMITS = {
  ...DEFAULT_LIMITS,
  workPerSecond: 1e9,
  workBurst: 1e9,
  memberInvites: 1e9,
  blocks: 1e9,
};

export class ServerInMemory {
  readonly #files = new TemporaryStore();
  readonly #services: Services<Session>;
  readonly #identities = new Map<string, Identity>();
  #faults = "";

  constructor() {
    this.#services = createServices<Session>({
      store: this.#files.open(),
      blobFiles: this.#files.openBlobFiles(),
      limits: LIMITS,
      log: createLog({ level: "error", json: true, sink: { write: (line) => (this.#faults += line) } }),
      memberInvites: true,
      reach: () => ({ host: "127.0.0.1", port: 1, caFingerprint: SERVER }),
      clock: () => Date.now(),
    });
  }

  /** Connects a client that is signed in and past message 1.3. */
  async join(name: string): Promise<RawClient> {
    const known = username(name);
    const identity = this.#identities.get(name) ?? Identity.generate();
    if (!this.#identities.has(name)) {
      this.#identities.set(name, identity);
      this.#services.store.directory.enrol(known, identity.publicKey, Date.now());
      await this.#services.store.committed();
    }
    const [ours, theirs] = duplexPair();
    const [serverEnd, clientEnd] = channels();
    const line = new Line(ours, serverEnd, new FrameReader(MAX_FRAME_BYTES));
    const user = { name: known, identityKey: identity.publicKey };
    new Session(line, user, this.#services, 1).start();
    const reader = new FrameReader(MAX_FRAME_BYTES);
    const client = new RawClient(new Line(theirs, clientEnd, reader), theirs, { name: known, identity });
    await client.welcome();
    return client;
  }

  /** Returns the lines logged as the server's own fault since the last call. */
  takeFaults(): string {
    const faults = this.#faults;
    this.#faults = "";
    return faults;
  }

  remove(): void {
    this.#services.presence.close();
    this.#files.remove();
  }
}
