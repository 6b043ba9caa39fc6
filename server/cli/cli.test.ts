import assert from "node:assert/strict";
import { type ChildProcess, type StdioOptions, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { Client } from "../../protocol/client/client.ts";
import { Identity } from "../../protocol/identity/identity.ts";
import { parseInvite } from "../../protocol/identity/invite.ts";
import { newConversationId, newMessageId, username } from "../../protocol/names.ts";

const MAIN = fileURLToPath(new URL("../main.ts", import.meta.url));
const POSIX = process.platform !== "win32";

interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

class Running {
  readonly child: ChildProcess;
  readonly finished: Promise<Finished>;
  readonly #lines: AsyncIterator<string>;
  readonly #stderr: string[] = [];

  constructor(args: readonly string[], env: NodeJS.ProcessEnv = {}) {
    const stdio: StdioOptions = ["ignore", "pipe", "pipe"];
    this.child = spawn(process.execPath, [MAIN, ...args], { stdio, env: { ...process.env, ...env } });
    const { stdout, stderr } = this.child;
    assert.ok(stdout && stderr);
    const written: string[] = [];
    stdout.on("data", (chunk) => written.push(String(chunk)));
    stderr.on("data", (chunk) => this.#stderr.push(String(chunk)));
    this.#lines = createInterface(stdout)[Symbol.asyncIterator]();
    this.finished = once(this.child, "close").then(([code]) => ({
      code,
      stdout: written.join(""),
      stderr: this.#stderr.join(""),
    }));
  }

  async line(): Promise<string> {
    const { value, done } = await this.#lines.next();
    if (done) assert.fail(`ended: ${this.#stderr.join("")}`);
    return value;
  }

  /** Waits until the log has a line. */
  async logged(): Promise<void> {
    while (!this.#stderr.join("").includes("\n")) await once(this.child.stderr ?? assert.fail(), "data");
  }
}

describe("command line", function () {
  this.timeout(300_000); // some tests start a dozen processes, each from source, on a machine that may be busy
  let folder: string;
  let data: string;
  const children: Running[] = [];
  const spawnedBy = (env: NodeJS.ProcessEnv, ...args: string[]) => {
    const running = new Running(args, env);
    children.push(running);
    return running;
  };
  const run = (...args: string[]) => spawnedBy({}, ...args);
  /**
   * Runs a command to its end.
   * @returns its events
   */
  const ask = async (
    ...args: string[]
  ): Promise<{ code: number | null; events: Record<string, unknown>[]; stderr: string }> => {
    const { code, stdout, stderr } = await run(...args, "--json", "--data", data).finished;
    return {
      code,
      events: stdout
        .split("\n")
        .filter(Boolean)
        .map((line) => JSON.parse(line)),
      stderr,
    };
  };
  const serve = async (...args: string[]) => {
    const server = run("--data", data, "--port", "0", "--json", ...args);
    assert.deepEqual(JSON.parse(await server.line()), { event: "starting" });
    const listening: {
      port: number;
      caFingerprint: string;
      dataDir: string;
      metricsPort?: number;
      invite?: { link: string };
    } = JSON.parse(await server.line());
    return { server, listening };
  };
  const inviteFor = async (name: string): Promise<string> => {
    const [invite] = (await ask("invite", "--name", name)).events;
    return String(invite?.["link"]);
  };
  const clientOf = (link: string, name: string, identity: Identity, joined = false): Client => {
    const { host, port, caFingerprint, token } = parseInvite(link);
    const inviteToken = joined ? {} : { inviteToken: token };
    return new Client({ host, port, caFingerprint, name: username(name), identity, ...inviteToken });
  };

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "parley-cli-"));
    data = join(folder, "data");
  });
  afterEach(async () => {
    for (const { child } of children) child.kill("SIGKILL");
    await Promise.all(children.splice(0).map((one) => one.finished));
    rmSync(folder, { recursive: true });
  });

  it("starts, prints its address in the problem matcher's form, and stops with code 0", async () => {
    const server = run("--data", data, "--port", "0");
    assert.equal(await server.line(), "Parley server starting");
    const [, port] = /^Parley server listening on 127\.0\.0\.1:([0-9]+)$/.exec(await server.line()) ?? [];
    assert.ok(Number(port) > 0);
    if (POSIX) assert.equal(statSync(data).mode & 0o077, 0);
    // On Windows a signal ends the process at once and loses unwritten output.
    await server.logged();
    server.child.kill("SIGTERM");
    const { code, stdout, stderr } = await server.finished;
    if (POSIX) assert.equal(code, 0);
    assert.match(stdout, /parley:\/\/127\.0\.0\.1:[0-9]+\/join\?\S+/);
    assert.match(stdout, /CA fingerprint {2}([0-9a-f]{4} ){15}[0-9a-f]{4}$/m);
    assert.match(stdout, /Only this computer can use this invite/);
    assert.match(stdout, /--host 0\.0\.0\.0 --address NAME/);
    const [, more = ""] = /run: (.+)$/m.exec(stdout) ?? [];
    const [, program, ...args] = more.split(" ");
    assert.equal(program, MAIN);
    const invite = await run(...args).finished;
    assert.match(invite.stdout, /^parley:\/\/.+, until [0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2} UTC\./s);
    assert.match(invite.stdout, /Only this computer can use this invite/);
    assert.match(stderr, /^\S+ info {2}listening [^\n]+\n$/, "one line, and no warnings");
    if (POSIX)
      for (const file of ["parley.sqlite", "server.lock"])
        assert.equal(statSync(join(data, file)).mode & 0o077, 0, file);
  });

  it("keeps CA and people across restarts and shows an invite until somebody has joined", async () => {
    const first = await serve();
    const link = first.listening.invite?.link ?? assert.fail("no first invite");
    assert.equal(Buffer.from(parseInvite(link).caFingerprint).toString("hex"), first.listening.caFingerprint);
    first.server.child.kill("SIGTERM");
    await first.server.finished;

    const second = await serve();
    assert.equal(second.listening.caFingerprint, first.listening.caFingerprint);
    const again = second.listening.invite?.link ?? assert.fail("nobody has joined, so again an invite");
    const alice = clientOf(again, "alice", Identity.generate());
    await alice.connect();
    await alice.close();
    second.server.child.kill("SIGKILL");
    await second.server.finished;

    const third = await serve();
    assert.equal(third.listening.invite, undefined);
    const [list] = (await ask("users")).events;
    assert.match(
      JSON.stringify(list),
      /^\{"event":"users","users":\[\{"name":"alice","fingerprint":"[0-9a-f ]+"/,
    );
  });

  it("lists who is online while the server runs, and nobody once it was killed", async () => {
    const { server } = await serve();
    const alice = clientOf(await inviteFor("alice"), "alice", Identity.generate());
    await inviteFor("bob");
    await alice.connect();
    const list = async () => (await run("users", "--data", data).finished).stdout;
    // Written every few seconds.
    let text = await list();
    while (!/online since/.test(text)) text = await list();
    assert.match(text, /^alice {2}[0-9a-f ]+ {2}online since \d{4}-\d\d-\d\d \d\d:\d\d UTC$/m);
    const [{ users } = { users: [] }] = (await ask("users")).events as { users: { online: boolean }[] }[];
    assert.deepEqual(
      users.map(({ online }) => online),
      [true],
    );
    server.child.kill("SIGKILL");
    await server.finished;
    assert.match(await list(), /last seen/, "what a killed server noted last is no more");
    await alice.close();
  });

  it("exits with 0 and the running server's address when an editor's task starts it a second time", async () => {
    const first = await serve();
    const args = ["--data", data, "--port", String(first.listening.port)];
    const { code, stdout } = await run(...args).finished;
    assert.deepEqual([code, /already/.test(stdout)], [3, false], "of a terminal it is one");
    const task = spawnedBy({ PARLEY_IN_EDITOR: "1" }, ...args);
    const again = await task.finished;
    assert.equal(again.code, 0, again.stderr);
    assert.match(again.stdout, /^A Parley server is already running on .*data, and keeps running\.$/m);
    assert.equal(again.stderr, "");
    assert.equal(first.server.child.exitCode, null);
  });

  it("serves health and metrics on a local port only when --metrics-port is given", async () => {
    const { server, listening } = await serve("--metrics-port", "0");
    const at = `http://127.0.0.1:${listening.metricsPort}`;
    assert.deepEqual(await (await fetch(`${at}/health`)).json(), { status: "ok", reasons: [], warnings: [] });
    const metrics = async () => (await fetch(`${at}/metrics`)).text();
    const alice = clientOf(await inviteFor("alice"), "alice", Identity.generate());
    await alice.connect();
    const text = await metrics();
    assert.match(text, /^parley_users_online 1$/m);
    assert.match(text, /^parley_sign_ins_total\{kind="enrolled"\} 1$/m);
    assert.doesNotMatch(text, /alice|127\.0\.0\.1/);
    const refused = await run(
      "--data",
      join(folder, "other"),
      "--port",
      "0",
      "--metrics-port",
      String(listening.metricsPort),
    ).finished;
    assert.equal(refused.code, 4);
    assert.match(refused.stderr, /in use.*--metrics-port/);
    await alice.close();
    server.child.kill("SIGTERM");
    await server.finished;
    await assert.rejects(fetch(`${at}/health`));
  });

  it("invites and revokes beside the running server", async () => {
    await serve();
    const [invite] = (await ask("invite", "--uses", "3", "--expires", "12h")).events;
    const { expiresAt } = parseInvite(String(invite?.["link"]));
    assert.ok(Math.abs(expiresAt.getTime() - Date.now() - 12 * 3600 * 1000) < 60_000);

    const identity = Identity.generate();
    const link = await inviteFor("alice");
    const bob = clientOf(link, "bob", Identity.generate());
    await assert.rejects(bob.connect(), { code: "invite-invalid" });
    const alice = clientOf(link, "alice", identity);
    await alice.connect();
    const shutOut = new Promise<unknown>((resolve) =>
      alice.on("state", (state) => state.type === "closed" && resolve(state.error)),
    );
    assert.deepEqual((await ask("revoke", "alice")).events, [{ event: "revoked", name: "alice" }]);
    assert.match(String(await shutOut), /RefusedError/);
    await assert.rejects(clientOf(link, "alice", identity, true).connect(), { code: "auth-refused" });

    const nobody = await ask("revoke", "nobody");
    assert.equal(nobody.code, 2);
    assert.equal(JSON.parse(nobody.stderr).code, "no-such-user");
  });

  it("revokes a member together with everybody who joined by their invites", async () => {
    await serve("--limit", "inviteAfterHours=0", "--limit", "members=4");
    const join = async (link: string, name: string) => {
      const client = clientOf(link, name, Identity.generate());
      await client.connect();
      clients.push(client);
      return client;
    };
    const clients: Client[] = [];
    const inviteTwo = async (client: Client) => (await client.invite(2, 3600)).link;
    const operators = async () => String((await ask("invite")).events[0]?.["link"]);
    await join(await operators(), "alice");
    const mallory = await join(await operators(), "mallory");
    const first = await inviteTwo(mallory);
    const second = await inviteTwo(await join(first, "m1"));
    await join(second, "m2");
    await assert.rejects(join(second, "m3"), { code: "members-full" });
    await assert.rejects(join(await operators(), "bob"), { code: "members-full" });
    await assert.rejects(inviteTwo(mallory), { code: "members-full" });
    const [{ users } = { users: [] }] = (await ask("users")).events as { users: { invitedBy?: string }[] }[];
    assert.deepEqual(
      users.map(({ invitedBy }) => invitedBy),
      [undefined, "mallory", "m1", undefined],
    );

    assert.deepEqual((await ask("revoke", "mallory", "nobody")).code, 2);
    assert.deepEqual((await ask("revoke", "mallory")).events, [{ event: "revoked", name: "mallory" }]);
    await assert.rejects(join(first, "m4"), { code: "invite-invalid" });
    assert.deepEqual(
      (await ask("revoke", "mallory", "--invited")).events.map(({ name }) => name),
      ["m1", "m2"],
    );
    await assert.rejects(join(second, "m3"), { code: "invite-invalid" });
    await join(await operators(), "bob");
    await Promise.all(clients.map((client) => client.close()));
  });

  it("renews the certificate beside the running server, which uses the new one at once", async () => {
    const { listening } = await serve();
    const link = await inviteFor("alice");
    const identity = Identity.generate();
    const before = clientOf(link, "alice", identity);
    await before.connect();
    const numberBefore = before.minimumCrlNumber ?? assert.fail("no list seen");
    await before.close();
    assert.deepEqual((await ask("renew")).events, [{ event: "renewed" }]);
    for (;;) {
      const after = clientOf(link, "alice", identity);
      await after.connect();
      const number = after.minimumCrlNumber ?? assert.fail("no list seen");
      await after.close();
      if (number > numberBefore) break;
    }
    assert.ok(existsSync(listening.dataDir));
  });

  it("loses nothing it acknowledged when it is killed", async () => {
    const first = await serve();
    const port = String(first.listening.port);
    const identities = { alice: Identity.generate(), bob: Identity.generate() };
    const alice = clientOf(await inviteFor("alice"), "alice", identities.alice);
    const bobsLink = await inviteFor("bob");
    let bob = clientOf(bobsLink, "bob", identities.bob);
    await alice.connect();
    await bob.connect();
    const conversation = newConversationId();
    const confirmed = <T extends { confirm(): void }>(value: T): T => {
      value.confirm();
      return value;
    };
    const asked = once(bob, "request");
    const asking = alice.requestToTalk(bob.name, conversation);
    confirmed((await asked)[0]);
    await asking;
    const accepted = once(alice, "accept");
    const accepting = bob.accept(alice.name, conversation, Buffer.from("key package"));
    confirmed((await accepted)[0]);
    await accepting;
    const welcomed = once(bob, "establishment");
    const establishing = alice.establish(bob.name, conversation, Buffer.from("welcome"));
    confirmed((await welcomed)[0]);
    await establishing;
    await bob.close();
    const texts = Array.from({ length: 20 }, (_, at) => `message ${at}`);
    const states = await Promise.all(
      texts.map((text) => alice.send(conversation, newMessageId(), Buffer.from(text))),
    );
    assert.deepEqual(new Set(states), new Set(["stored"]));
    first.server.child.kill("SIGKILL");
    await first.server.finished;

    await serve("--port", port);
    bob = clientOf(bobsLink, "bob", identities.bob);
    const read: string[] = [];
    const all = new Promise<void>((resolve) =>
      bob.on("message", (message) => {
        read.push(Buffer.from(message.sealed).toString());
        message.confirm();
        if (read.length === texts.length) resolve();
      }),
    );
    await bob.connect();
    await all;
    assert.deepEqual(read, texts);
    alice.reconnectNow();
    const back = once(alice, "message");
    while (alice.state.type !== "online") await once(alice, "state");
    const sending = bob.send(conversation, newMessageId(), Buffer.from("got them"));
    confirmed((await back)[0]);
    assert.equal(await sending, "received");
    await Promise.all([alice.close(), bob.close()]);
  });

  describe("reports in one clear line", () => {
    const refused = async (args: string[], exitCode: number, text: RegExp) => {
      const plain = await run(...args).finished;
      assert.equal(plain.code, exitCode, plain.stderr);
      assert.match(plain.stderr, text);
      assert.match(plain.stderr, /^parley-server: error: [^\n]+\n$/);
    };

    it("a folder that others can read", async function () {
      if (!POSIX) this.skip();
      mkdirSync(data);
      chmodSync(data, 0o755);
      await refused(["--data", data], 3, /chmod 700/);
    });
    it("a folder in use by another server", async () => {
      await serve();
      await refused(["--data", data, "--port", "0"], 3, /Another Parley server/);
    });
    it("a data folder that is a file", async () => {
      const file = join(folder, "file");
      writeFileSync(file, "");
      await refused(["--data", file], 3, /--data/);
      await refused(["users", "--data", join(folder, "nothing")], 3, /Start the server once/);
    });
    it("a port in use, or an address of another machine", async () => {
      const other = createServer().listen(0, "127.0.0.1");
      await once(other, "listening");
      const address = other.address();
      const port = typeof address === "object" ? address?.port : undefined;
      await refused(["--data", data, "--port", String(port)], 4, /in use.*--port/);
      other.close();
      await refused(["--data", data, "--host", "192.0.2.1", "--port", "0"], 4, /--host/);
    });
    it("an unknown command, with the closest one", async () => {
      await refused(["invte"], 2, /no command "invte"\. Did you mean invite\? See: parley-server --help/);
      await refused(["--data", data, "usres"], 2, /Did you mean users\?/);
      await refused(["limit", "--help"], 2, /Did you mean limits\?/);
      await refused(["frobnicate", "--help"], 2, /no command "frobnicate"\. See/);
    });
    it("wrong arguments", async () => {
      await refused(["--prot", "1"], 2, /unknown option.*--help/);
      await refused(["--port", "70000"], 2, /0 to 65535/);
      await refused(["invite", "--uses", "0"], 2, /1 to 1000/);
      await refused(["invite", "--expires", "tomorrow"], 2, /7d/);
      await refused(["revoke", "No Name", "--data", data], 2, /a-z/);
      await refused(["--data", data, "--address", "a b"], 2, /--address/);
      await refused(["--proxy-from", "0.0.0.0/0"], 2, /10\.0\.0\.0\/24/);
    });
  });

  it("prints help and version to standard output", async () => {
    const help = await run("--help").finished;
    assert.equal(help.code, 0);
    for (const word of [
      "limits",
      "--data",
      "--metrics-port",
      "--proxy-from",
      "invite",
      "users",
      "revoke",
      "renew",
      "backup",
      "promote",
      "doctor",
      "Exit codes",
    ])
      assert.ok(help.stdout.includes(word));
    const invite = await run("invite", "--help").finished;
    assert.match(invite.stdout, /\(default: 7d\)/);
    assert.doesNotMatch(help.stdout + invite.stdout, /default: (\[\]|[0-9]{6,})/, "defaults in words");
    const limits = await run("limits").finished;
    assert.match(limits.stdout, /^members +default 10000, from 1 to 1000000$/m);
    const version = await run("--version").finished;
    assert.match(version.stdout, /^[0-9]+\.[0-9]+\.[0-9]+\n$/);
  });
});
