import assert from "node:assert/strict";
import { setImmediate as nextTurn } from "node:timers/promises";
import fc from "fast-check";
import { encodeBatch } from "../../protocol/wire/batch.ts";
import { Opcode } from "../../protocol/wire/parley_pb.ts";
import { TestServer } from "../server-fixture.ts";
import { FairShare, type Worker } from "./fair-share.ts";

/** Milliseconds; advances only with the work done. */
let now: number;
/** The owners of the pieces, in the order in which they ran. */
let done: string[];
let stopped: boolean;
let shares: FairShare<string>;

/** A number of pieces that take a given time each. */
class Pieces implements Worker {
  readonly #who: string;
  readonly #ms: number;
  left: number;
  constructor(who: string, ms: number, left: number) {
    this.#who = who;
    this.#ms = ms;
    this.left = left;
  }
  take(): boolean {
    if (this.left === 0 || stopped) return false;
    this.left -= 1;
    now += this.#ms;
    done.push(this.#who);
    return true;
  }
}
const ENDLESS = Number.POSITIVE_INFINITY;

describe("fair share", () => {
  beforeEach(() => {
    now = 0;
    done = [];
    stopped = false;
    shares = new FairShare(() => now);
  });
  afterEach(async () => {
    stopped = true;
    while (shares.busy > 0) await nextTurn();
  });
  function begin(who: string, ms: number, pieces: number): Pieces {
    const work = new Pieces(who, ms, pieces);
    shares.serve(shares.join(who), work);
    return work;
  }

  it("serves a request at once while nobody waits", () => {
    begin("alice", 0.05, 3);
    begin("bob", 0.05, 1);
    assert.deepEqual(done, ["alice", "alice", "alice", "bob"]);
  });

  it("serves a small request within the turn while twenty-four others are busy", async () => {
    for (let number = 0; number < 24; number++) begin(`busy${number}`, 0.4, ENDLESS);
    for (let turn = 0; turn < 100; turn++) {
      await nextTurn();
      const asked = now;
      const work = begin(`guest${turn}`, 0.05, 1);
      assert.equal(work.left, 0);
      assert.ok(now - asked < 0.1);
    }
  });

  it("yields to the event loop within its time slice, plus at most one piece", async () => {
    for (let number = 0; number < 100; number++) begin(`busy${number}`, 3, ENDLESS);
    for (let turn = 0; turn < 100; turn++) {
      const before = now;
      await nextTurn();
      assert.ok(now - before <= 5 + 3);
    }
  });

  it("gives busy sessions equal time, with pieces of any length", () =>
    fc.assert(
      fc.asyncProperty(
        fc.array(fc.double({ min: 0.01, max: 4, noNaN: true }), { minLength: 2, maxLength: 12 }),
        async (costs) => {
          [now, done, shares] = [0, [], new FairShare(() => now)];
          const busy = costs.map((ms, number) => begin(String(number), ms, ENDLESS));
          while (now < 40 * costs.length) await nextTurn();
          for (const one of busy) one.left = 0;
          const times = costs.map((ms, number) => ms * done.filter((who) => who === String(number)).length);
          // One turn, the piece that exceeded it, and as much again for the position where the round stopped.
          assert.ok(Math.max(...times) - Math.min(...times) <= 2 * (0.5 + 4), String(times));
        },
      ),
      { numRuns: 20 },
    ));

  it("does each session's work in its order, and then is idle", async () => {
    const works = ["alice", "bob", "carol"].flatMap((who) => [begin(who, 0.3, 20), begin(who, 0.2, 10)]);
    while (works.some(({ left }) => left > 0)) await nextTurn();
    assert.equal(done.length, 90);
    await nextTurn();
    await nextTurn();
    assert.equal(shares.busy, 0);
  });

  it("keeps the used time of a person who reconnects at once, and forgets it after they left", async () => {
    const before = shares.join("mallory");
    shares.serve(before, new Pieces("mallory", 3, 1));
    shares.leave(before);
    const again = shares.join("mallory");
    const work = new Pieces("mallory", 0.05, 1);
    shares.serve(again, work);
    assert.equal(work.left, 1, "served at once");
    while (work.left > 0) await nextTurn();
    shares.leave(again);
    while (shares.busy > 0) await nextTurn();
    assert.equal(shares.size, 0);
  });

  it("recovers within a few turns from one very long piece", async () => {
    begin("busy", 0.5, ENDLESS);
    begin("alice", 1000, 1);
    let turns = 0;
    const work = begin("alice", 0.05, 1);
    for (; work.left > 0; turns++) await nextTurn();
    assert.ok(turns <= 10, `${turns} turns`);
  });
});

describe("a session", () => {
  it("serves tens of thousands of requests of one record over many event-loop turns", async () => {
    const server = await TestServer.start();
    try {
      const mallory = await server.join("mallory");
      const ping = { opcode: Opcode.PING, id: 0, body: new Uint8Array() };
      mallory.line.sendBatch(encodeBatch(Array<typeof ping>(20_000).fill(ping)));
      const served = new Set<number>();
      while (!served.has(20_000)) {
        served.add(server.metric("parley_requests_total", 'verb="ping"') ?? 0);
        await nextTurn();
      }
      assert.ok(served.size >= 4, `${served.size} turns`);
    } finally {
      await server.remove();
    }
  });
});
