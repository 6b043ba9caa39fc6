import assert from "node:assert/strict";
import { createLog } from "./log.ts";
import { RefusalLog } from "./refusal-log.ts";

describe("the log of what was refused", () => {
  let lines: { msg: string; reason?: string; reasons?: Record<string, number> }[];
  let refusals: RefusalLog;
  beforeEach(() => {
    lines = [];
    const sink = { write: (line: string) => void lines.push(JSON.parse(line)) };
    refusals = new RefusalLog("handshakes", createLog({ level: "info", json: true, sink }), 0);
  });
  const fail = (reason: string, now: number, count = 1) => {
    for (let connection = 1; connection <= count; connection++)
      refusals.note({ connection, address: "127.0.0.2", reason }, now);
  };

  it("has a line for each, and sums for a flood", () => {
    fail("cut", 0, 100);
    fail("evicted", 1, 900);
    fail("bad-handshake", 2, 7);
    refusals.tick(999);
    assert.equal(lines.length, 100);
    assert.ok(lines.every(({ msg, reason }) => msg === "handshake failed" && reason === "cut"));
    refusals.tick(1000);
    assert.deepEqual(lines[100]?.reasons, { evicted: 900, "bad-handshake": 7 });
    assert.equal(lines[100]?.msg, "more handshakes failed");
    refusals.tick(5000);
    assert.equal(lines.length, 101);
  });

  it("writes little however long the flood lasts, and loses count of nothing", () => {
    for (let now = 0; now < 60_000; now += 10) {
      fail("evicted", now, 10);
      if (now % 500 === 0) refusals.tick(now);
    }
    refusals.tick(70_000);
    assert.ok(lines.length <= 100 + 60 * 3 + 1, String(lines.length));
    const counted = lines.map(({ reason, reasons }) =>
      reason === undefined ? (reasons?.["evicted"] ?? 0) : 1,
    );
    assert.equal(
      counted.reduce((sum, one) => sum + one, 0),
      60_000,
    );
  });
});
