import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { credentials } from "../../protocol/channel/handshake-fixture.ts";
import { expiryOf } from "../authority/expiry.ts";
import { TestServer } from "../server-fixture.ts";
import { DAY_MS } from "./duration.ts";
import { lastRun, rememberRun } from "./last-run.ts";

describe("health", () => {
  let server: TestServer;
  afterEach(() => server.remove());
  const becomes = async (status: string): Promise<void> => {
    while (server.health().status !== status) await new Promise((resolve) => setImmediate(resolve));
  };

  it("is ok on a working server, whose database records when it was last alive", async () => {
    server = await TestServer.start();
    assert.deepEqual(server.health(), { status: "ok", reasons: [], warnings: [] });
    rememberRun(server.store, { host: "127.0.0.1", port: 1, proxyFrom: [] });
    const { aliveAt, ...run } = lastRun(server.store.settings) ?? assert.fail("no run");
    assert.ok(Math.abs(aliveAt - Date.now()) < 60_000);
    assert.deepEqual(run, { host: "127.0.0.1", port: 1, proxyFrom: [], pid: process.pid });
  });

  it("fails while the database cannot be written, also without writes, and recovers by itself", async () => {
    server = await TestServer.start({ probeMs: 10 });
    // Simulates a full disk on every system: the database itself refuses to grow.
    const beside = new DatabaseSync(server.databasePath);
    await server.store.committed();
    beside.exec(
      "CREATE TRIGGER full BEFORE INSERT ON settings BEGIN SELECT RAISE(ROLLBACK, 'database or disk is full'); END",
    );
    await becomes("failing");
    const [reason, ...more] = server.health().reasons;
    assert.equal(reason?.code, "database-not-writable");
    assert.deepEqual(more, []);
    assert.ok((server.metric("parley_commits_failed_total") ?? 0) > 0);
    await server.store.committed().catch(() => {});
    beside.exec("DROP TRIGGER full");
    beside.close();
    await becomes("ok");
  });

  it("warns of a late renewal, and fails a day before clients can no longer connect", async () => {
    server = await TestServer.start();
    const { certificate, revocationList } = expiryOf(credentials);
    const daysBefore = (date: Date, days: number) => server.health(new Date(date.getTime() - days * DAY_MS));
    assert.deepEqual(daysBefore(revocationList, 3).status, "ok");
    assert.ok(daysBefore(revocationList, 1.5).warnings.some(({ code }) => code === "revocation-list"));
    assert.equal(daysBefore(revocationList, 0.5).status, "failing");
    assert.ok(daysBefore(certificate, 15).warnings.some(({ code }) => code === "certificate"));
    assert.ok(daysBefore(certificate, 0.5).reasons.some(({ code }) => code === "certificate"));
    assert.equal(
      server.metric("parley_expiry_timestamp_seconds", 'of="certificate"'),
      certificate.getTime() / 1000,
    );
  });

  it("is draining once the server is stopping", async () => {
    server = await TestServer.start();
    const client = await server.join("alice");
    const stopped = server.stop();
    assert.equal(server.health().status, "draining");
    await client.ended;
    await stopped;
    await server.start();
  });
});
