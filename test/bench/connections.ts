/** People who are signed in and idle: the cost of each sign-in, of idle connections, and of signing in again after a restart. */
import { setTimeout as after } from "node:timers/promises";
import { nativeKem } from "../../protocol/channel/kem.ts";
import type { Figure, Report } from "./figures.ts";
import { Somebody, someName } from "./load/somebody.ts";
import { residentBytes } from "./machine.ts";
import { floor, Load, parley } from "./rig.ts";

const SIZES = [1_000, 4_000, 10_000];
const FLOOR_SIZE = 1_000;
/** Long enough for the sign-ins' garbage to be collected. */
const SETTLE_MS = 4_000;
const MAX_IDLE_BYTES = 13_000;
const MAX_START_MS = 250;
const LOGIN_OF_FLOOR = nativeKem === undefined ? 2.5 : 0.9;

interface Sample {
  /** The first time, and after a restart. */
  readonly cpuMs: number;
  readonly againCpuMs: number;
  readonly perSecond: number;
  readonly backMs: number;
  readonly idleBytes: number;
}

export async function benchConnections(report: Report, runs: number): Promise<void> {
  const floors: Sample[] = [];
  for (let run = 0; run < runs; run++) floors.push(await floorSample());
  for (const size of SIZES) {
    const samples: Sample[] = [];
    for (let run = 0; run < runs; run++) samples.push(await sample(size));
    const tell = (what: string, unit: string, of: (one: Sample) => number, aims: Partial<Figure> = {}) =>
      report({
        ...{ group: "connections", name: `${size.toLocaleString("en")} people: ${what}`, unit },
        ...{ values: samples.map(of), better: unit === "/s" ? "higher" : "lower", ...aims },
      });
    const against = (of: (one: Sample) => number) => ({ floor: floors.map(of) });
    const idle = (one: Sample) => one.idleBytes;
    tell("memory of each, quiet", "bytes", idle, { ...against(idle), target: MAX_IDLE_BYTES });
    tell(
      "CPU of a first sign-in",
      "ms",
      ({ cpuMs }) => cpuMs,
      against(({ cpuMs }) => cpuMs),
    );
    const again = (one: Sample) => one.againCpuMs;
    tell("CPU of a sign-in", "ms", again, { ...against(again), targetOfFloor: LOGIN_OF_FLOOR });
    tell(
      "sign-ins",
      "/s",
      ({ perSecond }) => perSecond,
      against(({ perSecond }) => perSecond),
    );
    tell("all back after a restart", "ms", ({ backMs }) => backMs);
  }
  await benchStart(report, runs);
}

async function sample(size: number): Promise<Sample> {
  const { server, aim } = await parley();
  try {
    const { pid, target } = await aim(size);
    const load = new Load(pid);
    const before = residentBytes(pid);
    const first = await load.signIn(target, size);
    await after(SETTLE_MS);
    const idleBytes = (residentBytes(pid) - before) / size;
    await server.kill();
    await server.restart();
    const again = await load.signInAgain(server.pid ?? 0);
    await load.end();
    return {
      cpuMs: first.cpuMs / size,
      againCpuMs: again.cpuMs / size,
      perSecond: (size * 1000) / again.ms,
      backMs: again.ms,
      idleBytes,
    };
  } finally {
    await server.remove();
  }
}

/** TLS 1.3 with certificates on both sides: the same proofs as a Parley sign-in, without names and the list. */
async function floorSample(): Promise<Sample> {
  const { child, aim } = await floor();
  try {
    const load = new Load(aim.pid);
    const before = residentBytes(aim.pid);
    const { ms, cpuMs } = await load.signIn(aim.target, FLOOR_SIZE);
    await after(SETTLE_MS);
    const idleBytes = (residentBytes(aim.pid) - before) / FLOOR_SIZE;
    await load.end();
    const each = cpuMs / FLOOR_SIZE;
    return { cpuMs: each, againCpuMs: each, perSecond: (FLOOR_SIZE * 1000) / ms, backMs: ms, idleBytes };
  } finally {
    child.kill();
  }
}

/** From the start of the program to the first sign-in. */
async function benchStart(report: Report, runs: number): Promise<void> {
  const { server, aim } = await parley();
  try {
    const { target } = await aim(1);
    const somebody = new Somebody(target.type === "parley" ? (target.links[0] ?? "") : "", someName());
    await somebody.signIn(() => {});
    const values: number[] = [];
    for (let run = 0; run < runs; run++) {
      await server.kill();
      const started = performance.now();
      await server.restart();
      await somebody.signIn(() => {});
      values.push(performance.now() - started);
    }
    const name = "from the start of the server to the first sign-in";
    report({ group: "connections", name, unit: "ms", values, better: "lower", target: MAX_START_MS });
  } finally {
    await server.remove();
  }
}
