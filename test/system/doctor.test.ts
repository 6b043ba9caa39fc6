import assert from "node:assert/strict";
import { execFile, execFileSync } from "node:child_process";
import { hash } from "node:crypto";
import { once } from "node:events";
import {
  chmodSync,
  chownSync,
  closeSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { openAuthority } from "../../server/authority/authority.ts";
import { Person } from "../fixtures/person.ts";
import { RealServer } from "../fixtures/real-server.ts";
import { SmallDisk } from "../torture/small-disk.ts";

/** Copies a data folder. cpSync() keeps the modes of files, but not those of folders. */
function copyData(from: string, to: string): void {
  cpSync(from, to, { recursive: true, preserveTimestamps: true });
  for (const path of [to, join(to, "authority"), join(to, "blobs")]) chmodSync(path, 0o700);
}

/** Returns the digest of each file, except SQLite's index, which it makes from the log at every access. */
function contents(folder: string): Map<string, string> {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((one) => one.isFile());
  return new Map(
    files
      .filter(({ name }) => !name.endsWith("-shm"))
      .map((one) => [one.name, hash("sha256", readFileSync(join(one.parentPath, one.name)))]),
  );
}

interface Diagnosis {
  readonly code: number;
  readonly problems: number;
  readonly findings: { check: string; level: string; text: string; advice?: string }[];
}

const POSIX = process.platform !== "win32";
const ROOT = process.getuid?.() === 0;
const PROGRAM = "dist/server.js";

describe("parley-server doctor", function () {
  this.timeout(180_000);
  let server: RealServer;
  let folder: string;
  let data: string;
  /** A folder as a server left it, with one member. */
  let healthy: string;

  before(async () => {
    server = await RealServer.start();
    const alice = new Person(await server.invite(), "alice");
    await alice.client.connect();
    await alice.client.close();
    await server.stop();
    healthy = mkdtempSync(join(tmpdir(), "parley-doctor-"));
    copyData(server.folder, join(healthy, "data"));
  });
  after(async () => {
    await server.remove();
    rmSync(healthy, { recursive: true });
  });
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "parley-doctor-"));
    data = join(folder, "data");
    copyData(join(healthy, "data"), data);
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const ask = (...args: string[]): Promise<{ code: number; stdout: string }> =>
    new Promise((resolve, reject) =>
      execFile(process.execPath, [PROGRAM, "doctor", ...args], (error, stdout, stderr) => {
        if (stderr === "") resolve({ code: Number(error?.code ?? 0), stdout });
        else reject(new Error(stderr));
      }),
    );
  const diagnose = async (where = data): Promise<Diagnosis> => {
    const { code, stdout } = await ask("--json", "--data", where);
    const { problems, findings } = JSON.parse(stdout);
    assert.equal(code, problems > 0 ? 1 : 0);
    for (const { level, advice } of findings) assert.equal(advice !== undefined, level !== "ok");
    return { code, problems, findings };
  };
  /** Asserts that it reports a finding of that kind with that text. */
  const finds = async (
    level: "problem" | "warning",
    check: string,
    words: RegExp,
    where = data,
  ): Promise<void> => {
    const { findings } = await diagnose(where);
    const found = findings.filter((one) => one.check === check && one.level === level);
    assert.ok(
      found.some(({ text }) => words.test(text)),
      JSON.stringify(findings, undefined, 1),
    );
  };
  const change = (sql: string): void => {
    const db = new DatabaseSync(join(data, "parley.sqlite"));
    db.exec(sql);
    db.close();
  };

  it("reports a healthy server as such, in text and in JSON, and changes nothing", async () => {
    const { code, problems, findings } = await diagnose();
    assert.deepEqual([code, problems], [0, 0], JSON.stringify(findings, undefined, 1));
    const checks = new Set(findings.map(({ check }) => check));
    for (const check of [
      "Node",
      "data folder",
      "file modes",
      "disk space",
      "database",
      "schema",
      "clock",
      "certificate",
      "CA",
      "revocation list",
      "port",
    ])
      if (POSIX || check !== "file modes") assert.ok(checks.has(check), check);
    const { code: plain, stdout } = await ask("--data", data);
    assert.equal(plain, 0);
    assert.match(stdout, /^ok {7}database {11}is intact$/m);
    assert.deepEqual(
      statSync(join(data, "parley.sqlite")).mtimeMs,
      statSync(join(healthy, "data", "parley.sqlite")).mtimeMs,
    );
  });

  it("changes nothing after a server was killed: its write-ahead log stays untouched", async () => {
    const killed = await RealServer.start();
    try {
      await killed.kill();
      const before = contents(killed.folder);
      assert.ok(before.has("parley.sqlite-wal"));
      const { problems, findings } = await diagnose(killed.folder);
      assert.equal(problems, 0, JSON.stringify(findings, undefined, 1));
      assert.deepEqual(contents(killed.folder), before);
      rmSync(join(killed.folder, "parley.sqlite-wal"));
      rmSync(join(killed.folder, "parley.sqlite-shm"));
      const without = contents(killed.folder);
      await diagnose(killed.folder);
      assert.deepEqual(contents(killed.folder), without, "none is made where there was none");
    } finally {
      await killed.remove();
    }
  });

  describe("while the server runs", () => {
    beforeEach(() => server.restart());
    afterEach(async () => {
      if (POSIX) server.signal("SIGCONT");
      await server.stop();
    });
    const beside = (sql: string): void => {
      const db = new DatabaseSync(join(server.folder, "parley.sqlite"));
      db.exec(`PRAGMA busy_timeout = 5000; ${sql}`);
      db.close();
    };

    it("connects to it like any stranger", async () => {
      const from = server.log.lines.length;
      const { problems, findings } = await diagnose(server.folder);
      assert.equal(problems, 0, JSON.stringify(findings));
      const texts = findings.map(({ text }) => text);
      assert.equal(
        texts.filter((text) => /^the server answers on .*, and proves itself$/.test(text)).length,
        2,
      );
      assert.ok(
        texts.some((text) => text.startsWith("the running server may have")) || process.platform !== "linux",
      );
      await server.log.reason("cut", from);
      assert.doesNotMatch(server.log.text, /sign-in refused/);
    });

    it("detects that invites lead elsewhere", async () => {
      beside("UPDATE settings SET value = 'no-such-host.invalid' WHERE key = 'host'");
      await finds("problem", "address in invites", /no-such-host\.invalid/, server.folder);
      const other = createServer((socket) => socket.end("HTTP/1.1 400 Bad Request\r\n\r\n")).listen(
        0,
        "127.0.0.1",
      );
      await once(other, "listening");
      const address = other.address();
      assert.ok(typeof address === "object" && address !== null);
      beside(
        `UPDATE settings SET value = '127.0.0.1' WHERE key = 'host'; UPDATE settings SET value = '${address.port}' WHERE key = 'port'`,
      );
      await finds("problem", "address in invites", /from here that doesn't work/, server.folder);
      other.close();
      await finds("problem", "address in invites", /ECONNREFUSED/, server.folder);
    });

    it("detects that it hangs", async function () {
      if (!POSIX) this.skip();
      server.signal("SIGSTOP");
      await finds("problem", "port", /no answer within 10 s/, server.folder);
    });
  });

  describe("finds", () => {
    it("a folder that is missing or open to others", async function () {
      await finds("problem", "data folder", /There is no data folder/, join(folder, "nothing"));
      if (!POSIX) this.skip();
      chmodSync(data, 0o750);
      await finds("problem", "data folder", /Others can read the data folder/);
    });

    it("a key or the database that others can read", async function () {
      if (!POSIX) this.skip();
      chmodSync(join(data, "authority", "ca.pem"), 0o640);
      await finds("problem", "file modes", /authority.ca\.pem \(mode 640\)/);
      chmodSync(join(data, "parley.sqlite"), 0o604);
      await finds("problem", "file modes", /parley\.sqlite \(mode 604\)/);
    });

    it("a file of another user", async function () {
      if (!ROOT) this.skip();
      chownSync(join(data, "parley.sqlite"), 65_534, 65_534);
      await finds("problem", "file owners", /parley\.sqlite belongs to user 65534/);
    });

    it("a key file that was cut short or is missing", async () => {
      truncateSync(join(data, "authority", "server.pem"), 700);
      await finds("problem", "certificates", /server\.pem is damaged/);
      rmSync(join(data, "authority", "server.pem"));
      await finds("problem", "certificates", /server\.pem is missing/);
    });

    it("an expired certificate, and a CA that invites do not name", async () => {
      rmSync(join(data, "authority"), { recursive: true });
      const longAgo = new Date(Date.now() - 200 * 24 * 3600 * 1000);
      await openAuthority(join(data, "authority"), {
        names: ["localhost", "127.0.0.1", "::1"],
        now: longAgo,
      });
      await finds("problem", "certificate dates", /has expired/);
      await finds("problem", "revocation list", /has expired/);
      await finds("problem", "CA", /isn't the one that invites named/);
    });

    it("a name in invites that the certificate is not for", async () => {
      change("UPDATE settings SET value = 'chat.example.org 127.0.0.1' WHERE key = 'names'");
      await finds("problem", "certificate", /dials chat\.example\.org would refuse/);
    });

    it("a port that something else has taken", async () => {
      const other = createServer().listen(server.port, "127.0.0.1");
      await once(other, "listening");
      await finds("problem", "port", /none could start/);
      other.close();
    });

    it("a clock that is behind the stored times", async () => {
      const tomorrow = Date.now() + 24 * 3600 * 1000;
      utimesSync(join(data, "authority", "ca.pem"), tomorrow / 1000, tomorrow / 1000);
      await finds("problem", "clock", /the CA's file is from/);
      change(`UPDATE users SET last_seen_at = ${tomorrow + 3_600_000}`);
      await finds("problem", "clock", /the newest row of the database is from/);
    });

    it("a clock that may be ahead", async () => {
      change(`UPDATE settings SET value = '${Date.now() - 400 * 24 * 3600 * 1000}' WHERE key = 'alive-at'`);
      await finds("warning", "clock", /the last server here was alive/);
    });

    it("a database that is damaged, not a database, or of a later version", async () => {
      change("PRAGMA user_version = 99");
      await finds("problem", "schema", /schema 99/);
      const file = openSync(join(data, "parley.sqlite"), "r+");
      for (let page = 2; page < 12; page++) writeSync(file, Buffer.alloc(4096, 0x5a), 0, 4096, page * 4096);
      closeSync(file);
      await finds("problem", "database", /is damaged/);
      writeFileSync(
        join(data, "parley.sqlite"),
        "not a database at all, and long enough to be looked at as one",
      );
      await finds("problem", "database", /is damaged/);
    });

    it("a low limit of open files", async function () {
      if (!POSIX) this.skip();
      const stdout = execFileSync("sh", [
        "-c",
        `ulimit -n 300; exec '${process.execPath}' ${PROGRAM} doctor --json --data '${data}'`,
      ]);
      const { findings } = JSON.parse(String(stdout)) as Diagnosis;
      const found = findings.find(({ check }) => check === "open files");
      assert.equal(found?.level, process.platform === "linux" ? "warning" : undefined);
    });

    it("a full disk", async function () {
      const mountPoint = join(folder, "disk");
      mkdirSync(mountPoint);
      const disk = SmallDisk.mount(mountPoint);
      if (typeof disk === "string") this.skip();
      try {
        const there = join(mountPoint, "data");
        copyData(data, there);
        await finds("problem", "disk space", /^\d+ MiB free/, there);
        disk.fill();
        await finds("problem", "disk space", /^0 MiB free/, there);
      } finally {
        disk.unmount();
      }
    });

    it("a full inode table", async function () {
      if (process.platform !== "linux" || !ROOT) this.skip();
      const mountPoint = join(folder, "disk");
      mkdirSync(mountPoint);
      execFileSync("mount", ["-t", "tmpfs", "-o", "size=24m,nr_inodes=24,mode=700", "parley", mountPoint]);
      try {
        copyData(data, join(mountPoint, "data"));
        await finds("problem", "inodes", /^\d+ inodes free/, join(mountPoint, "data"));
      } finally {
        execFileSync("umount", ["--lazy", mountPoint]);
      }
    });
  });
});
