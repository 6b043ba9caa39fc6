/**
 * The two worst attacks from outside, with measurements: ten thousand connections from one address, and a
 * thousand bad ones a second from many, while two people chat and others join. The server is the shipped one;
 * the attacker is a third process.
 */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { setTimeout } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import * as v from "valibot";
import { DEFAULT_LIMITS } from "../../server/limits.ts";
import { Crowd, hasManyAddresses } from "../fixtures/crowd.ts";
import { footprint } from "../fixtures/footprint.ts";
import type { Computer } from "../fixtures/messengers.ts";
import { Person } from "../fixtures/person.ts";
import { RealServer } from "../fixtures/real-server.ts";
import { SmallTalk } from "../fixtures/small-talk.ts";

const SIEGE = fileURLToPath(new URL("../fixtures/siege-program.ts", import.meta.url));
const Report = v.object({ made: v.number(), refused: v.number(), seconds: v.number() });
const PER_SECOND = 1_000;
const SECONDS = 5;
/** The baseline: the two people's messages without an attack. */
const QUIET_MESSAGES = 100;
const TEN_THOUSAND = 10_000;
/** At once, so that this process stays within a system's limit of open files; this side closes none. */
const WAVE = 500;
/** Acceptable delays on a busy machine; the figures themselves are printed. */
const PATIENCE_MS = 15_000;
/** The log's burst, and 8 KB a second beyond that, for as long as a test takes (server/gateway/remote-log.ts). */
const LOG_BYTES = 128 * 1024 + 8 * 1024 * 10;

describe("under fire, while two people chat,", function () {
  this.timeout(180_000);
  const logged = (from: number) => Buffer.byteLength(JSON.stringify(server.log.lines.slice(from)));
  let server: RealServer;
  let link: string;
  let alice: Computer;
  let bob: Computer;
  let talk: SmallTalk;

  before(async () => {
    server = await RealServer.start();
    link = await server.invite(100);
    ({ alice, bob, talk } = await SmallTalk.begin(link));
    while (talk.latencies.length < QUIET_MESSAGES) await setTimeout(20);
  });
  after(async () => {
    await talk.stop().catch(() => {}); // the last test reports it
    await Promise.all([alice.remove(), bob.remove()]);
    await server.remove();
  });

  let newcomers = 0;
  /**
   * Joins as a newcomer from 127.0.0.1.
   * @returns milliseconds that it took
   */
  async function newcomer(): Promise<number> {
    newcomers += 1;
    const { client } = new Person(link, `newcomer${newcomers}`);
    const began = performance.now();
    await client.connect();
    const took = performance.now() - began;
    await client.close();
    return took;
  }
  function percentiles(latencies: readonly number[]): string {
    const sorted = latencies.toSorted((a, b) => a - b);
    const at = (share: number) => Math.round(sorted[Math.floor((sorted.length - 1) * share)] ?? Number.NaN);
    return `${sorted.length} messages, p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, worst ${at(1)} ms`;
  }
  /** Prints the two people's delays during an attack, and asserts that they are acceptable. */
  async function meanwhile(what: string, attack: () => Promise<void>): Promise<void> {
    const quiet = percentiles(talk.latencies);
    const from = talk.latencies.length;
    await attack();
    const during = talk.latencies.slice(from);
    console.log(`      until then: ${quiet}\n      ${what}: ${percentiles(during)}`);
    assert.ok(during.length > 0);
    assert.ok(Math.max(...during) < PATIENCE_MS);
  }

  it("ten thousand connections from their own address: few are held, a newcomer from there gets in, evicted", () =>
    meanwhile("meanwhile", async () => {
      const from = server.log.lines.length;
      const crowd = new Crowd(server.port);
      const before = footprint(server.pid);
      let most = 0;
      for (let made = 0; made < TEN_THOUSAND; made += WAVE) {
        await crowd.rush(WAVE, () => "127.0.0.1");
        most = Math.max(most, footprint(server.pid)?.sockets ?? 0);
      }
      const took = await newcomer();
      await server.log.reason("evicted", from);
      crowd.leave();
      console.log(`      ${most} sockets held at most; a newcomer got in within ${Math.round(took)} ms`);
      assert.ok(took < PATIENCE_MS);
      assert.ok(logged(from) < LOG_BYTES, `${logged(from)} bytes`);
      // Connections of one wave may be accepted but not yet refused.
      if (before !== undefined)
        assert.ok(most <= before.sockets + DEFAULT_LIMITS.handshakesPerAddress + WAVE);
    }));

  it("a thousand bad connections a second from twenty addresses: no message is lost, newcomers get in", async () => {
    const many = await hasManyAddresses();
    const addresses = Array.from({ length: 20 }, (_, number) =>
      many ? `127.0.0.${100 + number}` : "127.0.0.1",
    );
    await meanwhile(`at ${PER_SECOND} bad connections a second`, async () => {
      const from = server.log.lines.length;
      const args = [SIEGE, String(server.port), String(PER_SECOND), String(SECONDS), ...addresses];
      const siege = promisify(execFile)(process.execPath, args);
      const entered: number[] = [];
      let over = false;
      const ended = siege.finally(() => {
        over = true;
      });
      while (!over) {
        entered.push(await newcomer());
        await Promise.race([setTimeout(SECONDS * 100), ended]);
      }
      const { made, refused, seconds } = v.parse(Report, JSON.parse((await siege).stdout));
      console.log(
        `      ${made} in ${seconds.toFixed(1)} s, ${refused} reset; ${entered.length} newcomers, the slowest in ${Math.round(Math.max(...entered))} ms`,
      );
      assert.equal(made, PER_SECOND * SECONDS);
      assert.ok(Math.max(...entered) < PATIENCE_MS);
      for (const reason of ["bad-handshake", "frame-too-large", "evicted"])
        await server.log.reason(reason, from);
      assert.ok(logged(from) < LOG_BYTES, `${logged(from)} bytes`);
    });
  });

  it("and afterwards every message has arrived, once and in order, over the same two lines", async () => {
    await talk.stop();
    assert.deepEqual(talk.interruptions, []);
  });
});
