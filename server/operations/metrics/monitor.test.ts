import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { closed } from "../../../protocol/channel/closed-fixture.ts";
import type { HealthReport } from "../health.ts";
import { type Monitor, startMonitor } from "./monitor.ts";

describe("the operator's port", () => {
  let monitor: Monitor;
  let report: HealthReport;
  const sockets: Socket[] = [];
  beforeEach(async () => {
    report = { status: "ok", reasons: [], warnings: [] };
    monitor = await startMonitor({
      host: "127.0.0.1",
      port: 0,
      version: "1.2.3",
      deadlineMs: 300,
      health: () => report,
      metrics: () => [{ name: "parley_connections", type: "gauge", help: "Open", samples: [{ value: 7 }] }],
    });
  });
  afterEach(async () => {
    for (const socket of sockets.splice(0)) socket.destroy();
    await monitor.close();
  });
  // A connection for each: on a busy machine, the port closes one that rests just as fetch takes it for the next question.
  const ask = (path: string, { headers, ...init }: RequestInit = {}) =>
    fetch(`http://127.0.0.1:${monitor.port}${path}`, {
      ...init,
      headers: { ...headers, connection: "close" },
    });
  const dial = async (): Promise<Socket> => {
    const socket = connect(monitor.port, "127.0.0.1");
    sockets.push(socket);
    socket.on("error", () => {});
    await once(socket, "connect");
    return socket;
  };

  it("serves the server's metrics, and the process's under their usual names", async () => {
    const response = await ask("/metrics");
    assert.equal(response.status, 200);
    assert.equal(response.headers.get("content-type"), "text/plain; version=0.0.4; charset=utf-8");
    const text = await response.text();
    assert.match(text, /^parley_build_info\{version="1\.2\.3",node="v[0-9.]+"\} 1$/m);
    assert.match(text, /^parley_connections 7$/m);
    assert.match(text, /^process_cpu_seconds_total [0-9.]+$/m);
    assert.match(text, /^process_resident_memory_bytes [0-9]{7,}$/m);
    assert.match(text, /^nodejs_eventloop_lag_p99_seconds [0-9.e-]+$/m);
    if (process.platform === "linux") assert.match(text, /^process_open_fds [0-9]+$/m);
    const names = [...text.matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name);
    assert.equal(new Set(names).size, names.length);
  });

  it("shows the event loop's delay until the next scrape", async () => {
    const lag = async () => {
      const text = await (await ask("/metrics")).text();
      return Number(/^nodejs_eventloop_lag_max_seconds (.*)$/m.exec(text)?.[1]);
    };
    const pause = () => new Promise((resolve) => setTimeout(resolve, 60));
    let seen = 0;
    // The delay is measured between two ticks of the monitor's clock, the first of which must have happened
    // before.
    while (seen < 0.3) {
      await pause();
      const until = performance.now() + 400;
      while (performance.now() < until);
      await pause();
      seen = await lag();
    }
    while ((await lag()) > 0.3) await pause();
  });

  it("reports health by its status code", async () => {
    const well = await ask("/health");
    assert.deepEqual([well.status, await well.json()], [200, report]);
    for (const status of ["draining", "failing"] as const) {
      report = { ...report, status };
      const other = await ask("/health");
      assert.deepEqual([other.status, await other.json()], [503, report]);
    }
  });

  it("serves nothing else, and changes nothing", async () => {
    for (const path of ["/", "/metrics/", "/health/../metrics2", "//metrics", "/users"])
      assert.equal((await ask(path)).status, 404, path);
    for (const method of ["POST", "PUT", "DELETE", "OPTIONS"])
      assert.equal((await ask("/metrics", { method })).status, 405, method);
    // The server reads no body, so the connection may be reset before the answer is read: Windows then
    // discards bytes that have not been read.
    const long = ask("/metrics", { method: "POST", body: "x".repeat(1_000_000) });
    const outcomes: readonly unknown[] = [405, "ECONNRESET", "EPIPE"];
    assert.ok(outcomes.includes(await long.then(({ status }) => status, causeOf)));
    assert.equal((await ask("/health?verbose")).status, 200);
  });

  it("refuses headers beyond the bound", async () => {
    const response = await ask("/health", { headers: { cookie: "x".repeat(10_000) } });
    assert.equal(response.status, 431);
  });

  it("tells a client that asks too often when to retry", async () => {
    const statuses: number[] = [];
    for (let at = 0; at < 60 && !statuses.includes(429); at++) {
      const response = await ask("/health");
      statuses.push(response.status);
      if (response.status === 429) assert.equal(response.headers.get("retry-after"), "1");
    }
    assert.ok(statuses.includes(429));
  });

  it("drops slow and silent clients, and connections beyond the bound", async () => {
    const silent = await dial();
    const slow = await dial();
    slow.write("GET /metrics HTTP/1.1\r\nhost: x\r\n");
    const gone = [silent, slow].map((socket) => closed(socket.resume()));
    const drip = setInterval(() => slow.write("a: b\r\n"), 50);
    await Promise.all(gone);
    clearInterval(drip);
    const crowd = await Promise.all(Array.from({ length: 30 }, dial));
    await Promise.race(crowd.map((socket) => closed(socket.resume())));
    for (const socket of crowd) socket.destroy();
  });
});

/** Returns the system's code for the error that ended a fetch(). */
function causeOf(error: Error): unknown {
  const { cause } = error;
  return cause instanceof Error && "code" in cause ? cause.code : error;
}
