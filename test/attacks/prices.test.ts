/**
 * The server's cost of a work unit, for each verb's most expensive use: if a price were too low, members
 * within their limits could use up everybody's time. CPU of the shipped server, as a ratio to PING in the
 * same run.
 */
import assert from "node:assert/strict";
import { Opcode, OpcodeSchema } from "../../protocol/wire/parley_pb.ts";
import { verbFor } from "../../server/verbs/table.ts";
import { CostlyMember } from "../fixtures/costly-member.ts";
import { COSTLY, type Costly } from "../fixtures/costly-requests.ts";
import { CostlyState } from "../fixtures/costly-state.ts";
import { RealServer } from "../fixtures/real-server.ts";
import { scrape } from "../fixtures/scrape.ts";

/** The most that a unit of any verb may cost, as a multiple of a unit of PING. */
const MOST = 3;
const ASKERS = 10;
const ONLINE = 100;
/**
 * Each figure is the minimum of this many runs, since other load on the machine only adds to it. The first
 * run warms up.
 */
const RUNS = 4;
/** Requests of each requester in a run. */
const TIMES = 20;
const PINGS = 400;
const PINGS_TOGETHER = 5000;
/** Paid by the sender of the message that is confirmed. */
const PAID_BY_OTHERS: readonly Opcode[] = [Opcode.ACK];
const UNBOUNDED = [
  ...["workPerSecond=10000000", "workBurst=10000000"],
  ...["handshakesPerSecond=100000", "handshakeBurst=100000"],
  // The same people receive requests again in the next run.
  "requestPaceMs=0",
];

/** CPU time of the server since it started. */
interface Spent {
  readonly cpuUs: number;
  readonly units: number;
}

/** A request with a price. */
interface Priced {
  readonly title: string;
  /** Times for each requester. */
  readonly times: number;
  /** Sends that many, starting with number `from`. */
  readonly run: (asker: CostlyMember, from: number) => Promise<void>;
  readonly seed?: ((asker: CostlyMember, from: number) => void) | undefined;
  readonly cleanUp?: (() => void) | undefined;
}

/** Microseconds of CPU. */
interface Cost {
  readonly ofUnit: number;
  readonly ofOne: number;
}
interface Compared extends Cost {
  readonly ratio: number;
}

/** Returns the cost with the median ratio. */
function middle(runs: readonly Compared[]): Compared {
  const [median] = runs.toSorted((a, b) => a.ratio - b.ratio).slice(runs.length >> 1);
  assert.ok(median);
  return median;
}

const bare = { opcode: Opcode.PING, body: new Uint8Array() };
const PING: Priced = {
  title: "PING",
  times: PINGS,
  run: (asker) => asker.ask(Array.from({ length: PINGS }, () => bare)),
};
const OTHERS: readonly Priced[] = [
  {
    title: "PING, thousands in one record",
    times: PINGS_TOGETHER,
    run: (asker) => asker.askTogether(Array.from({ length: PINGS_TOGETHER }, () => bare)),
  },
  {
    title: "a sign-in",
    times: TIMES,
    async run(asker) {
      for (let time = 0; time < TIMES; time++) await asker.signIn();
      // Its older connections were superseded.
      asker.refusals.clear();
    },
  },
];

describe("a work unit", function () {
  this.timeout(600_000);
  let server: RealServer;
  let state: CostlyState;
  let askers: CostlyMember[];
  let crowd: CostlyMember[];
  /** The cost of reading the counters, microseconds. */
  let overheadUs: number;

  before(async () => {
    const limits = UNBOUNDED.flatMap((limit) => ["--limit", limit]);
    server = await RealServer.start([], ["--metrics-port", "0", "--log", "error", ...limits]);
    const link = await server.invite(ASKERS + ONLINE);
    const people = (count: number, name: string) =>
      Array.from({ length: count }, (_, number) => new CostlyMember(link, `${name}${number}`, number));
    [askers, crowd] = [people(ASKERS, "asker"), people(ONLINE, "online")];
    for (const one of [...crowd, ...askers]) await one.signIn();
    state = new CostlyState(server.folder);
    state.write(() => {
      state.somebodyAway();
      for (const { name, number } of askers) state.settle(name, number);
    });
    // Repeated, since the server has cached these people without blocks.
    for (const one of [...crowd, ...askers]) one.leave();
    await server.stop();
    await server.restart();
    for (const one of [...crowd, ...askers]) await one.signIn();
    for (const one of askers) one.online = crowd.map(({ name }) => name);
    overheadUs = Number.POSITIVE_INFINITY;
    for (let run = 0; run < RUNS; run++) {
      const [begin, end] = [await spent(), await spent()];
      overheadUs = Math.min(overheadUs, end.cpuUs - begin.cpuUs);
    }
  });
  after(async () => {
    for (const one of [...askers, ...crowd]) one.leave();
    state.close();
    await server.remove();
  });

  async function spent(): Promise<Spent> {
    const figures = await scrape(server.metricsPort ?? 0);
    return {
      cpuUs: figures.of("process_cpu_seconds_total") * 1e6,
      units: figures.of("parley_work_units_total"),
    };
  }

  let done = 0;
  async function measure(priced: Priced): Promise<Cost> {
    const { title, times, run, seed, cleanUp } = priced;
    const from = done;
    // PINGs are not numbered, and commits can't leave a thousand numbers out.
    if (priced !== PING) done += times;
    if (seed !== undefined)
      state.write(() => {
        for (const asker of askers) seed(asker, from);
      });
    const begin = await spent();
    for (const asker of askers) await run(asker, from);
    const end = await spent();
    if (cleanUp !== undefined) state.write(cleanUp);
    for (const { refusals } of [...askers, ...crowd]) assert.deepEqual([...refusals], [], title);
    const cpuUs = end.cpuUs - begin.cpuUs - overheadUs;
    return { ofUnit: cpuUs / (end.units - begin.units), ofOne: cpuUs / (times * askers.length) };
  }

  function priced({ title, seed, cleanUp, requests }: Costly): Priced {
    const numbers = (from: number) => Array.from({ length: TIMES }, (_, at) => from + at);
    return {
      title,
      times: TIMES,
      seed:
        seed &&
        ((asker, from) => {
          for (const at of numbers(from)) seed(state, asker, at);
        }),
      cleanUp: cleanUp && (() => cleanUp(state)),
      async run(asker, from) {
        const all = numbers(from).map((at) => requests(asker, at));
        for (let step = 0; step < (all[0]?.length ?? 0); step++)
          await asker.ask(all.flatMap((one) => one.slice(step, step + 1)));
      },
    };
  }

  it("prices every verb", () => {
    const served = OpcodeSchema.values.map(({ number: opcode }) => opcode).filter((one) => verbFor(one));
    const priced: ReadonlySet<number> = new Set([...COSTLY.flatMap(({ verbs }) => verbs), ...PAID_BY_OTHERS]);
    assert.deepEqual(
      served.filter((opcode) => !priced.has(opcode)),
      [],
    );
  });

  it("costs at most three times as much CPU for any verb's most expensive use as for PING", async function () {
    if (process.platform === "win32") this.skip();
    const costs = [...OTHERS, ...COSTLY.map(priced)].map((one) => ({ one, runs: [] as Compared[] }));
    for (let run = 0; run < RUNS; run++)
      for (const { one, runs } of costs) {
        // Each beside a PING, since other programs slow the whole machine for seconds.
        const reference = await measure(PING);
        const cost = await measure(one);
        // The first run warms up.
        if (run > 0) runs.push({ ...cost, ratio: cost.ofUnit / reference.ofUnit });
      }
    const lines = costs.map(({ one, runs }) => ({ title: one.title, ...middle(runs) }));
    for (const { title, ofOne, ofUnit, ratio } of lines)
      console.log(
        `      ${title.padEnd(48)} ${ofOne.toFixed(0).padStart(5)} µs, ${ofUnit.toFixed(1)} a unit: ${ratio.toFixed(2)} times PING's`,
      );
    assert.deepEqual(
      lines.filter(({ ratio }) => !(ratio <= MOST)),
      [],
    );
  });
});
