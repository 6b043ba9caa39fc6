/** Messages of 256 bytes through dist/server.js and through the floor, in alternation: cost and delay. */
import type { Figure, Report } from "./figures.ts";
import type { Pace } from "./load/asks.ts";
import { type Aim, floor, Load, type Measured, parley } from "./rig.ts";

const BYTES = 256;
const SECONDS = 2;
const MAIL_SECONDS = 3;

interface Setting {
  readonly name: string;
  readonly pairs: number;
  readonly pace: Pace;
  /** The largest acceptable ratio to the floor of a message's cost, and of its 99th percentile. */
  readonly cpu?: number;
  readonly p99?: number;
  /** The smallest acceptable number of messages delivered for each second of CPU. */
  readonly perCpuSecond?: number;
}

const rate = (perSecond: number): Pace => ({ type: "rate", perSecond });
const SETTINGS: readonly Setting[] = [
  { name: "50 pairs, 2,000/s", pairs: 50, pace: rate(2_000) },
  { name: "50 pairs, 10,000/s", pairs: 50, pace: rate(10_000), cpu: 1, p99: 1.3 },
  { name: "10 pairs, 10,000/s", pairs: 10, pace: rate(10_000) },
  { name: "200 pairs, 10,000/s", pairs: 200, pace: rate(10_000) },
  { name: "20 pairs, window 32", pairs: 20, pace: { type: "window", size: 32 }, perCpuSecond: 150_000 },
];

export async function benchRelay(report: Report, runs: number): Promise<void> {
  const [ours, thin] = [await parley(), await floor()];
  try {
    for (const setting of SETTINGS) await benchSetting(setting, ours.aim, thin.aim, report, runs);
    await benchMail(ours.aim, thin.aim, report, runs);
  } finally {
    thin.child.kill();
    await ours.server.remove();
  }
}

async function benchSetting(
  { name, pairs, pace, cpu, p99, perCpuSecond }: Setting,
  aim: (people: number) => Promise<Aim>,
  thin: Aim,
  report: Report,
  runs: number,
): Promise<void> {
  const floorLoad = await Load.ofPairs(thin, pairs, BYTES);
  const load = await Load.ofPairs(await aim(2 * pairs), pairs, BYTES);
  const [floors, all]: [Measured[], Measured[]] = [[], []];
  for (let run = 0; run < runs; run++) {
    floors.push(await floorLoad.traffic(pace, SECONDS));
    all.push(await load.traffic(pace, SECONDS));
  }
  await Promise.all([floorLoad.end(), load.end()]);
  const tell = teller(name, all, floors, report);
  tell("CPU for each", "µs", "lower", ({ cpuUs }) => cpuUs, cpu);
  tell("delivered for each CPU second", "", "higher", ({ cpuUs }) => 1e6 / cpuUs, undefined, perCpuSecond);
  tell("delivered", "/s", "higher", ({ delivered, seconds }) => delivered / seconds);
  tell("until it arrives, median", "ms", "lower", (one) => one.p50);
  tell("until it arrives, 99 %", "ms", "lower", (one) => one.p99, p99);
  const own = teller(name, all, undefined, report);
  own("until its sender knows, median", "ms", "lower", (one) => one.answeredP50);
  own("until its sender knows, 99 %", "ms", "lower", (one) => one.answeredP99);
  own("lost", "", "lower", ({ lost }) => lost, undefined, 0);
}

/**
 * Sends while the receivers are offline; then they return and collect. The floor, which stores nothing, runs
 * at the same rate.
 */
async function benchMail(
  aim: (people: number) => Promise<Aim>,
  thin: Aim,
  report: Report,
  runs: number,
): Promise<void> {
  const floorLoad = await Load.ofPairs(thin, 50, BYTES);
  const load = await Load.ofPairs(await aim(100), 50, BYTES);
  for (const perSecond of [2_000, 10_000]) {
    const [floors, all]: [Measured[], Measured[]] = [[], []];
    for (let run = 0; run < runs; run++) {
      floors.push(await floorLoad.traffic(rate(perSecond), SECONDS));
      all.push(await load.mail(perSecond, MAIL_SECONDS));
    }
    const name = `50 pairs, ${perSecond.toLocaleString("en")}/s, by way of the mailbox`;
    const aimed = perSecond === 10_000 ? 2 : undefined;
    teller(name, all, floors, report)("CPU for each", "µs", "lower", ({ cpuUs }) => cpuUs, aimed);
    const own = teller(name, all, undefined, report);
    own("until it is on disk, median", "ms", "lower", (one) => one.answeredP50);
    own("until it is on disk, 99 %", "ms", "lower", (one) => one.answeredP99);
    own("lost", "", "lower", ({ lost }) => lost, undefined, 0);
  }
  await Promise.all([floorLoad.end(), load.end()]);
}

function teller(
  setting: string,
  all: readonly Measured[],
  floors: readonly Measured[] | undefined,
  report: Report,
) {
  return (
    what: string,
    unit: string,
    better: Figure["better"],
    of: (measured: Measured) => number,
    targetOfFloor?: number,
    target?: number,
  ) =>
    report({
      ...{ group: "relay", name: `${setting}: ${what}`, unit, values: all.map(of), better },
      ...(floors && { floor: floors.map(of) }),
      ...(targetOfFloor !== undefined && { targetOfFloor }),
      ...(target !== undefined && { target }),
    });
}
