/** The leader's socket and endpoint file are removed in several ways, and it creates them again. */
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createConnection } from "node:net";
import { homedir, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { readEndpoint, writeEndpoint } from "./endpoint-file.ts";
import { TOKEN_BYTES } from "./pipe-handshake.ts";
import { pipePaths } from "./pipe-path.ts";
import { PipeServer } from "./pipe-server.ts";

const TOKEN = new Uint8Array(TOKEN_BYTES).fill(5);
const STRANGER = new Uint8Array(TOKEN_BYTES).fill(6);
const LOOK_MS = 20;
const SOCKETS = process.platform !== "win32";

interface Place {
  /** The messenger's folder, with the endpoint file. */
  readonly folder: string;
  readonly endpoint: string;
  readonly pipe: string;
}

describe("the leader's socket and the file that leads to it", function () {
  this.timeout(180_000);
  let root: string;
  const servers: PipeServer[] = [];
  let warnings: string[];

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), "parley-pipe-"));
    warnings = [];
  });
  afterEach(() => {
    for (const server of servers.splice(0)) server.close();
    rmSync(root, { recursive: true, force: true });
  });

  const serve = async (folder: string): Promise<void> => {
    mkdirSync(folder, { recursive: true });
    const log = { info() {}, debug() {}, error: assert.fail, warn: (text: string) => warnings.push(text) };
    const server = new PipeServer({
      directory: folder,
      token: TOKEN,
      log,
      lookMs: LOOK_MS,
      welcome: (socket) => socket.on("error", () => {}).end("welcome"),
    });
    servers.push(server);
    await server.open();
  };

  /** Connects like a new window. @returns whether that succeeded */
  async function letsIn(folder: string): Promise<boolean> {
    const endpoint = readEndpoint(folder);
    if (endpoint === undefined || Buffer.compare(endpoint.token, TOKEN) !== 0) return false;
    const socket = createConnection(endpoint.pipe);
    try {
      for await (const words of socket) return String(words) === "welcome";
      return false;
    } catch {
      return false;
    }
  }
  async function untilLetsIn(folder: string): Promise<void> {
    while (!(await letsIn(folder))) await pause(LOOK_MS);
  }

  const harms: Record<string, (place: Place) => void> = {
    "endpoint file removed": ({ endpoint }) => rmSync(endpoint),
    "endpoint file cut short": ({ endpoint }) =>
      writeFileSync(endpoint, readFileSync(endpoint).subarray(0, 40)),
    "endpoint file of a window that is gone": ({ folder, pipe }) =>
      writeEndpoint(folder, { pipe, token: STRANGER, version: "0.1.0", process: 1 }),
    "endpoint file that leads elsewhere": ({ folder, pipe }) =>
      writeEndpoint(folder, { pipe: `${pipe}-other`, token: TOKEN, version: "0.1.0", process: 1 }),
    ...(SOCKETS && {
      "socket removed": ({ pipe }) => rmSync(pipe),
      "socket and endpoint file removed": ({ pipe, endpoint }) => {
        rmSync(pipe);
        rmSync(endpoint);
      },
      "file in the socket's place": ({ pipe }) => {
        rmSync(pipe);
        writeFileSync(pipe, "");
      },
    }),
  };

  it("are created again, whatever happened to them", async () => {
    await Promise.all(
      Object.entries(harms).map(async ([harm, act]) => {
        const folder = join(root, harm.replaceAll(" ", "-").slice(0, 24));
        await serve(folder);
        assert.ok(await letsIn(folder), harm);
        const { pipe } = readEndpoint(folder) ?? assert.fail();
        act({ folder, pipe, endpoint: join(folder, "endpoint.json") });
        await untilLetsIn(folder);
      }),
    );
  });

  it("are created as soon as that is possible, and each problem is logged once", async function () {
    if (!SOCKETS) this.skip();
    const folder = join(root, "x".repeat(120));
    const { HOME, XDG_RUNTIME_DIR, TMPDIR } = process.env;
    const [home, temporary] = [join(root, "home"), join(root, "temporary")];
    let shared: string | undefined;
    Object.assign(process.env, { HOME: home, XDG_RUNTIME_DIR: "", TMPDIR: temporary });
    try {
      // Bun reads HOME only at its start.
      if (homedir() !== home) this.skip();
      shared = dirname(pipePaths(folder).at(-1) ?? assert.fail());
      for (const place of [home, temporary, shared]) leadNowhere(place);
      await serve(folder);
      assert.ok(!(await letsIn(folder)));
      const told = warnings.length;
      assert.ok(told > 0);
      // A timer of the same length fires after the server's timer.
      for (let look = 0; look < 10; look++) await pause(LOOK_MS);
      assert.equal(warnings.length, told);
      rmSync(home);
      await untilLetsIn(folder);

      const { pipe } = readEndpoint(folder) ?? assert.fail();
      rmSync(dirname(pipe), { recursive: true });
      leadNowhere(dirname(pipe));
      while (!warnings.some((text) => text.includes("was removed"))) await pause(LOOK_MS);
      rmSync(dirname(pipe));
      await untilLetsIn(folder);
    } finally {
      if (shared !== undefined) rmSync(shared, { force: true });
      for (const [name, value] of Object.entries({ HOME, XDG_RUNTIME_DIR, TMPDIR }))
        if (value === undefined) delete process.env[name];
        else process.env[name] = value;
    }
  });
});

/** Makes a link to itself, so that every access to the path fails, even for root. */
function leadNowhere(path: string): void {
  symlinkSync(path, path);
}
