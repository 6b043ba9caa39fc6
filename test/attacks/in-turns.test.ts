/**
 * Many members at once, each sending the costliest allowed requests, one verb after the other, while two
 * people chat. All their work does not starve those two. The server is the shipped one, the members run in
 * another process.
 */
import assert from "node:assert/strict";
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { setTimeout } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { username } from "../../protocol/names.ts";
import type { Answer, Ask } from "../fixtures/costly-program.ts";
import { COSTLY, type Costly } from "../fixtures/costly-requests.ts";
import { CostlyState, costly as nameOf } from "../fixtures/costly-state.ts";
import type { Computer } from "../fixtures/messengers.ts";
import { MEASURES_TIME } from "../fixtures/patience.ts";
import { RealServer } from "../fixtures/real-server.ts";
import { scrape } from "../fixtures/scrape.ts";
import { SmallTalk } from "../fixtures/small-talk.ts";

const PROGRAM = fileURLToPath(new URL("../fixtures/costly-program.ts", import.meta.url));
const MEMBERS = 24;
/** Milliseconds for each verb: PARLEY_SIEGE_MS=20000 outlasts everybody's burst. */
const SIEGE_MS = Number(process.env["PARLEY_SIEGE_MS"] ?? 1500);
/** How often each member uses a verb that needs a state of its own. */
const SEEDED = 400;
const QUIET_MS = 3000;
/**
 * Messages that are not measured after the test wrote to the database, since the server waits for that write.
 */
const UNDISTURBED = 5;
/** The factor by which a message's usual delay may grow at the 99th percentile, */
const MOST = 10;
/** but not less than this: a machine with two cores runs the two people's programs, the members' and the server. */
const LEAST_MS = 10;
/** Load by other programs differs between runs; unfairness of the server shows in every run. */
const TRIES = 3;

(MEASURES_TIME ? describe : describe.skip)("many members at once", function () {
  this.timeout(120_000 + COSTLY.length * 2 * TRIES * SIEGE_MS);
  let server: RealServer;
  let state: CostlyState;
  let program: ChildProcess;
  let alice: Computer;
  let bob: Computer;
  let talk: SmallTalk;
  let quietMs: number;

  before(async () => {
    server = await RealServer.start([], ["--metrics-port", "0", "--log", "error"]);
    const link = await server.invite(MEMBERS + 2);
    state = new CostlyState(server.folder);
    state.write(() => state.somebodyAway());
    program = fork(PROGRAM, [link, String(MEMBERS)], { execArgv: [] });
    await once(program, "message");
    for (let number = 0; number < MEMBERS; number++) state.write(() => state.settle(nameOf(number), number));
    // Repeated, since the server has cached these people without blocks.
    await tell({ type: "sign-ins", ms: 1 });
    ({ alice, bob, talk } = await SmallTalk.begin(link));
    await setTimeout(QUIET_MS);
    quietMs = percentile(talk.latencies.slice(20), 0.99);
    console.log(`      before: ${figures(talk.latencies.slice(20))}`);
  });
  after(async () => {
    program.kill();
    await talk.stop().catch(() => {}); // the last test reports it
    await Promise.all([alice.remove(), bob.remove()]);
    state.close();
    await server.remove();
  });

  async function tell(ask: Ask): Promise<Answer> {
    program.send(ask);
    const [answer] = await once(program, "message");
    return answer as Answer;
  }

  /**
   * Prints the two people's delays during an attack.
   * @returns the members' answers
   */
  async function meanwhile(attack: () => Promise<Answer>): Promise<Answer> {
    const seeded = talk.latencies.length;
    while (talk.latencies.length < seeded + UNDISTURBED) await setTimeout(10);
    const [from, cpuMs] = [talk.latencies.length, await serverCpuMs()];
    const began = performance.now();
    const answer = await attack();
    const share = ((await serverCpuMs()) - cpuMs) / (performance.now() - began);
    const during = talk.latencies.slice(from);
    const refused = Object.entries(answer.refusals).map(([code, times]) => `, ${times} ${code}`);
    console.log(
      `      ${figures(during)}; ${answer.done} done${refused.join("")}; ${Math.round(100 * share)} % of a core`,
    );
    assert.ok(during.length > 0, "nothing arrived");
    assert.ok(percentile(during, 0.99) <= MOST * Math.max(quietMs, LEAST_MS), figures(during));
    assert.ok(answer.done > 0, "nobody asked for anything");
    return answer;
  }
  async function undisturbed(siege: () => Promise<void>): Promise<void> {
    for (let tries = 1; ; tries++)
      try {
        return await siege();
      } catch (error) {
        if (tries === TRIES) throw error;
      }
  }
  async function serverCpuMs(): Promise<number> {
    return (await scrape(server.metricsPort ?? 0)).of("process_cpu_seconds_total") * 1000;
  }

  let done = 0;
  for (const costly of COSTLY)
    it(`${costly.title}: two people who chat lose nothing and have short delays`, async () => {
      await undisturbed(async () => {
        const from = done;
        done += SEEDED;
        for (let number = 0; number < MEMBERS; number++) state.write(() => seed(costly, number, from));
        await meanwhile(() => tell({ type: "verb", title: costly.title, from, ms: SIEGE_MS }));
        state.write(() => costly.cleanUp?.(state));
      });
    });

  it("sign-ins: two people who chat lose nothing and have short delays", async () => {
    await undisturbed(async () => void (await meanwhile(() => tell({ type: "sign-ins", ms: SIEGE_MS }))));
  });

  it("and afterwards every message has arrived, once and in order, over the same two lines", async () => {
    await talk.stop();
    assert.deepEqual(talk.interruptions, []);
  });

  function seed({ seed: write }: Costly, number: number, from: number): void {
    const online = Array.from({ length: MEMBERS }, (_, other) => nameOf(other)).filter(
      (name) => name !== nameOf(number),
    );
    for (let at = from; at < from + SEEDED; at++)
      write?.(state, { name: username(nameOf(number)), number, online }, at);
  }
});

function percentile(latencies: readonly number[], share: number): number {
  const sorted = latencies.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

function figures(latencies: readonly number[]): string {
  const at = (share: number) => percentile(latencies, share).toFixed(1);
  return `${latencies.length} messages, p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, worst ${at(1)} ms`;
}
