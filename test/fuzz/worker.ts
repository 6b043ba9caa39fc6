/** Fuzzes one target in a thread of its own, so that an input that hangs or uses up memory ends only this thread. */
import { parentPort, workerData } from "node:worker_threads";
import { fuzz } from "./campaign.ts";
import { corpusOf } from "./corpus.ts";
import { startInspector } from "./coverage.ts";
import { isTargetName, TARGETS } from "./targets.ts";
import { type Report, Watched, type WorkerOrder } from "./watched.ts";

const { target: name, seed, durationMs, shared } = workerData as WorkerOrder;
if (!isTargetName(name)) throw new Error(`no target ${name}`);
const watched = new Watched(shared);
const report = (message: Report) => parentPort?.postMessage(message);

const inspector = await startInspector();
const target = await (await TARGETS[name]())();
const started = performance.now();
const progress = await fuzz(target, {
  seed,
  corpus: corpusOf(name).map(({ input }) => input),
  inspector: target.inspector ?? inspector,
  goesOn: () => performance.now() - started < durationMs,
  begins: (input) => watched.begin(input),
  found: ({ input, error }) =>
    report({ type: "found", input, why: `${error.stack ?? error}${causeOf(error)}` }),
});
watched.end();
await target.close?.();
report({ type: "done", ...progress, ms: performance.now() - started });

function causeOf(error: Error): string {
  return error.cause instanceof Error ? `\ncaused by ${error.cause.stack}` : "";
}
