import assert from "node:assert/strict";
import { DEAD_AFTER_MS, KEEP_ALIVE_MS } from "../limits.ts";
import { Heartbeat } from "./heartbeat.ts";

const START = 1_700_000_000_000;

describe("Heartbeat", () => {
  it("stays quiet while both ends talk", () => {
    const heartbeat = new Heartbeat(KEEP_ALIVE_MS, START);
    for (let now = START; now < START + 10 * DEAD_AFTER_MS; now += heartbeat.tickMs) {
      heartbeat.sent(now);
      heartbeat.received(now);
      assert.equal(heartbeat.tick(now + 1), "quiet");
    }
  });

  it("pings before the interval is over, whichever end is silent", () => {
    for (const talks of ["sent", "received"] as const) {
      const heartbeat = new Heartbeat(KEEP_ALIVE_MS, START);
      let asked = 0;
      for (let now = START; asked === 0; now += heartbeat.tickMs) {
        heartbeat[talks](now);
        if (heartbeat.tick(now) === "ping") asked = now;
      }
      assert.ok(asked - START <= KEEP_ALIVE_MS, `asked after ${asked - START} ms`);
    }
  });

  it("gives up after DEAD_AFTER_MS of silence from the other end, however much we send", () => {
    const heartbeat = new Heartbeat(KEEP_ALIVE_MS, START);
    heartbeat.sent(START + DEAD_AFTER_MS - 1);
    assert.notEqual(heartbeat.tick(START + DEAD_AFTER_MS - 1), "dead");
    heartbeat.sent(START + DEAD_AFTER_MS);
    assert.equal(heartbeat.tick(START + DEAD_AFTER_MS), "dead");
  });

  it("gives up at the first tick after the computer slept long", () => {
    const heartbeat = new Heartbeat(KEEP_ALIVE_MS, START);
    assert.equal(heartbeat.tick(START + 1000), "quiet");
    assert.equal(heartbeat.tick(START + 8 * 3_600_000), "dead");
  });

  it("ignores a clock that is set back", () => {
    const heartbeat = new Heartbeat(KEEP_ALIVE_MS, START);
    assert.equal(heartbeat.tick(START + 5000), "quiet");
    assert.equal(heartbeat.tick(START - 3_600_000), "quiet");
    assert.equal(heartbeat.tick(START - 3_600_000 + KEEP_ALIVE_MS), "ping");
    assert.equal(heartbeat.tick(START - 3_600_000 + DEAD_AFTER_MS), "dead");
  });

  it("honours a server's shorter interval, down to one second, and ignores a longer one", () => {
    assert.equal(new Heartbeat(5_000, START).intervalMs, 5_000);
    assert.equal(new Heartbeat(1, START).intervalMs, 1_000);
    assert.equal(new Heartbeat(0, START).intervalMs, KEEP_ALIVE_MS);
    assert.equal(new Heartbeat(0xffff_ffff, START).intervalMs, KEEP_ALIVE_MS);
  });
});
