/**
 * `npm run fuzz -- --minutes N [--target NAME] [--seed S]`: N minutes for all targets together, or for the
 * named one. Findings go to .cache/fuzz; the same seed generates the same inputs, as many as time allows.
 */
import { parseArgs } from "node:util";
import { Worker } from "node:worker_threads";
import { keepFinding } from "./corpus.ts";
import { isTargetName, TARGET_NAMES, type TargetName } from "./targets.ts";
import { type Report, Watched, type WorkerOrder } from "./watched.ts";

const HANG_MS = 15_000;
/** Limit of JavaScript's heap, including coverage of all loaded code. */
const HEAP_MIB = 768;

const { values } = parseArgs({
  options: {
    minutes: { type: "string", default: "5" },
    target: { type: "string" },
    seed: { type: "string", default: String(Date.now() % 2 ** 32) },
  },
});
const [minutes, seed] = [Number(values.minutes), Number(values.seed)];
if (!(minutes > 0) || !Number.isInteger(seed)) fail("--minutes is above 0, --seed a whole number");
if (values.target !== undefined && !isTargetName(values.target))
  fail(`there is no target ${values.target}; there are: ${TARGET_NAMES.join(", ")}`);

const targets = values.target === undefined ? TARGET_NAMES : [values.target];
const share = (minutes * 60_000) / targets.length;
console.log(`Seed ${seed}; ${targets.length} targets, ${Math.round(share / 1000)} s each.`);
let findings = 0;
for (const target of targets) await campaign(target);
console.log(findings === 0 ? "Nothing found." : `${findings} findings; seed ${seed}.`);
process.exit(findings === 0 ? 0 : 1);

/**
 * Fuzzes a target. A fault that ends a thread is a finding; another thread with another seed uses the
 * remaining time.
 */
async function campaign(target: TargetName): Promise<void> {
  const end = performance.now() + share;
  for (let again = 0; performance.now() < end; again++) {
    const order = { target, seed: seed + again, durationMs: end - performance.now() };
    if (await finished(order)) return;
  }
}

/**
 * Runs one thread.
 * @returns false when it ended early
 */
function finished(order: Omit<WorkerOrder, "shared">): Promise<boolean> {
  const shared = Watched.memory();
  const watched = new Watched(shared);
  const worker = new Worker(new URL("./worker.ts", import.meta.url), {
    workerData: { ...order, shared } satisfies WorkerOrder,
    resourceLimits: { maxOldGenerationSizeMb: HEAP_MIB },
  });
  const found = (input: Uint8Array, why: string) => {
    findings++;
    console.log(`\n${order.target}: ${why}\n  ${keepFinding(order.target, input, why)}\n`);
  };
  return new Promise((resolve) => {
    let done = false;
    let last = -1;
    const watch = setInterval(() => {
      const { input, run } = watched;
      if (input !== undefined && run === last) {
        found(input, `hangs: no end within ${HANG_MS} ms`);
        void worker.terminate();
      }
      last = run;
    }, HANG_MS);
    worker.on("message", (report: Report) => {
      if (report.type === "found") found(report.input, report.why);
      else {
        done = true;
        const { runs, blocks, kept, ms } = report;
        const rate = Math.round((runs * 1000) / ms);
        console.log(`${order.target.padEnd(20)} ${runs} runs, ${rate}/s, ${blocks} blocks, ${kept} inputs`);
      }
    });
    worker.on("error", (error) => {
      const { input } = watched;
      const why = error instanceof Error ? String(error.stack) : String(error);
      // Without an input the target itself did not start, which is a fault of the fuzzer.
      if (input === undefined) fail(`${order.target}: ${why}`);
      else found(input, `ends the thread: ${why}`);
    });
    worker.on("exit", () => {
      clearInterval(watch);
      resolve(done);
    });
  });
}

function fail(text: string): never {
  console.error(`fuzz: ${text}`);
  process.exit(2);
}
