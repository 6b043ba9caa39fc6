/**
 * `npm run soak -- --minutes N --users U`: the shipped server under an everyday load, and whether its memory
 * or handles grow. Needs a build. Exits with 1 when a message was lost or out of order, or when heap or
 * handles grow significantly.
 */
import { fork } from "node:child_process";
import { once } from "node:events";
import { statSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { RealServer } from "../fixtures/real-server.ts";
import { scrape } from "../fixtures/scrape.ts";
import { Heap } from "./heap.ts";
import type { Progress } from "./load.ts";
import { type Slope, slopeOf } from "./slope.ts";

const SAMPLE_MS = 10_000;
/** The first part of the time, in which caches fill and code is compiled, is not evaluated. */
const WARM_UP = 0.25;
const MB = 1024 * 1024;
/** Growth per hour above these fails the run if it is statistically significant. */
const TOLERATED = { "heap after collection, MB": 1, "handles beyond connections": 5 };

const { values } = parseArgs({
  options: { minutes: { type: "string", default: "10" }, users: { type: "string", default: "1000" } },
});
const [minutes, users] = [Number(values.minutes), Number(values.users)];
if (!(minutes > 0) || !Number.isInteger(users / 2) || users < 2 || users > 1000) {
  console.error("soak: --minutes is above 0, --users an even number up to 1000, which one address may have");
  process.exit(2);
}

interface Sample {
  readonly hours: number;
  readonly figures: Readonly<Record<string, number>>;
}

// Without the option it would execute itself again, which would move the inspector to another address.
const flags = ["--inspect=127.0.0.1:0", "--max-semi-space-size=4"];
const server = await RealServer.start(flags, ["--metrics-port", "0"]);
const heap = await Heap.of(server.log.text);
const load = fork(join(import.meta.dirname, "load.ts"), [await server.invite(users), String(users)]);
let progress: Progress | undefined;
load.on("message", (message) => {
  progress = message as Progress;
});
const ended = once(load, "exit");
let failed = false;
try {
  await until((one) => one.stage === "talking");
  console.log(`${users} users are in and talk; ${minutes} min begin`);
  const samples = await sampleAll();
  load.send("end");
  const last = await until((one) => one.stage === "done");
  await ended;
  report(samples, last);
} finally {
  load.kill();
  heap.close();
  await server.remove();
}
process.exit(failed ? 1 : 0);

async function sampleAll(): Promise<Sample[]> {
  const samples: Sample[] = [];
  const began = performance.now();
  for (let at = began; at < began + minutes * 60_000; at += SAMPLE_MS) {
    await new Promise((resolve) => setTimeout(resolve, at + SAMPLE_MS - performance.now()));
    const sample = { hours: (performance.now() - began) / 3_600_000, figures: await figures() };
    samples.push(sample);
    const words = Object.entries(sample.figures).map(
      ([name, value]) => `${name} ${Number(value.toFixed(2))}`,
    );
    console.log(`${(sample.hours * 60).toFixed(1).padStart(6)} min  ${words.join("  ")}`);
  }
  return samples;
}

async function figures(): Promise<Record<string, number>> {
  const heapUsed = (await heap.usedBytes()) / MB;
  const now = await scrape(server.metricsPort ?? 0);
  const connections = now.of("parley_connections");
  return {
    "heap after collection, MB": heapUsed,
    "external, MB": now.of("nodejs_external_memory_bytes") / MB,
    "resident, MB": now.of("process_resident_memory_bytes") / MB,
    "handles beyond connections": now.of("process_open_fds") - connections,
    connections,
    "mailbox, items": now.of("parley_mailbox_items"),
    "disk, MB": ["parley.sqlite", "parley.sqlite-wal"].reduce((sum, name) => sum + bytesOf(name), 0) / MB,
    "CPU, s": now.of("process_cpu_seconds_total"),
    "loop p99, ms": now.of("nodejs_eventloop_lag_p99_seconds") * 1000,
  };
}

function bytesOf(name: string): number {
  return statSync(join(server.folder, name), { throwIfNoEntry: false })?.size ?? 0;
}

async function until(fits: (progress: Progress) => boolean): Promise<Progress> {
  for (;;) {
    if (progress !== undefined && fits(progress)) return progress;
    if (load.exitCode !== null) throw new Error(`the load ended with ${load.exitCode}`);
    await Promise.race([once(load, "message"), ended]);
  }
}

function report(samples: readonly Sample[], last: Progress): void {
  const warm = samples.slice(Math.floor(samples.length * WARM_UP));
  console.log(
    `\nGrowth after a warm-up of ${samples.length - warm.length} samples, ± twice the standard error:`,
  );
  for (const name of Object.keys(warm[0]?.figures ?? {})) {
    const slope = slopeOf(warm.map(({ hours, figures }) => ({ hours, value: figures[name] ?? Number.NaN })));
    const verdict = judge(name, slope);
    console.log(
      `  ${name.padEnd(28)} ${slope.perHour.toFixed(2).padStart(9)} ± ${slope.error.toFixed(2)} an hour${verdict}`,
    );
  }
  const { sent, received, again, outOfOrder, returns, missing } = last;
  console.log(
    `\n${sent} messages sent, ${received} received, ${missing} lost, ${outOfOrder} out of order, ${again} seen again; ${returns} times somebody left and came back`,
  );
  if (missing > 0 || outOfOrder > 0 || sent !== received) failed = true;
}

function judge(name: string, { perHour, error }: Slope): string {
  const tolerated = Object.entries(TOLERATED).find(([one]) => one === name)?.[1];
  if (tolerated === undefined) return "";
  if (perHour - error <= tolerated) return "  flat";
  failed = true;
  return "  RISES";
}
