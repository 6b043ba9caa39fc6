/**
 * Fuzzes one target: mutates inputs, runs them, keeps those that reach new code, and reports each for which
 * the target fails. Inputs run in batches, since reading coverage takes longer than most of them.
 */
import { Random } from "../torture/random.ts";
import { Coverage, type Inspector } from "./coverage.ts";
import { Mutator } from "./mutator.ts";
import type { Target } from "./target.ts";

const DEFAULT_MAX_BYTES = 2048;
const DEFAULT_MAX_MEMORY_BYTES = 64 * 1024 * 1024;
/** An input that takes longer, three times in a row, could block its reader. */
const MAX_MS = 500;
const MAX_BATCH = 256;
/** Batches grow until one takes this long. */
const BATCH_MS = 200;
const MINIMISING_RUNS = 400;

interface Finding {
  readonly input: Uint8Array;
  readonly error: Error;
}

export interface Progress {
  readonly runs: number;
  readonly blocks: number;
  /** Inputs that reached new code. */
  readonly kept: number;
}

export interface CampaignOptions {
  readonly seed: number;
  /** Known inputs, besides the target's samples. */
  readonly corpus: readonly Uint8Array[];
  /** Returns whether to continue; called before each batch. */
  readonly goesOn: (progress: Progress) => boolean;
  /** Called before each run, so that an observer knows which input hangs. */
  readonly begins?: (input: Uint8Array) => void;
  readonly found: (finding: Finding) => void;
  /**
   * Measures the code reached: inputs that reach more are mutated further. Without it, only the samples and
   * the corpus are.
   */
  readonly inspector?: Inspector;
}

export async function fuzz(target: Target, options: CampaignOptions): Promise<Progress> {
  const { seed, goesOn, inspector, begins = () => {} } = options;
  const inputs = [...target.samples, ...options.corpus];
  const mutator = new Mutator(new Random(seed), target.words ?? [], target.maxBytes ?? DEFAULT_MAX_BYTES);
  const known = new Set<string>();
  let runs = 0;
  const attempt = async (input: Uint8Array): Promise<void> => {
    runs++;
    begins(input);
    const error = await fault(target, input);
    if (error === undefined || known.has(signature(error))) return;
    known.add(signature(error));
    options.found({ input: await minimised(target, input, error, begins), error });
  };

  const coverage = inspector && new Coverage(inspector);
  await coverage?.ofSeveral();
  for (const input of inputs) {
    await attempt(input);
    await coverage?.ofOne();
  }
  const progress = () => ({ runs, blocks: coverage?.blocks ?? 0, kept: inputs.length });
  for (let size = 1; goesOn(progress()); ) {
    const batch = Array.from({ length: size }, () => mutator.mutate(inputs));
    const began = performance.now();
    for (const input of batch) await attempt(input);
    if (coverage === undefined || !(await coverage.ofSeveral())) {
      if (performance.now() - began < BATCH_MS) size = Math.min(MAX_BATCH, 2 * size);
      continue;
    }
    for (const input of batch) {
      await attempt(input);
      if (await coverage.ofOne()) inputs.push(input);
    }
    size = Math.max(1, Math.floor(size / 4));
  }
  return progress();
}

/** Returns the target's fault for that input, if any. */
export async function fault(target: Target, input: Uint8Array): Promise<Error | undefined> {
  for (let tries = 0; tries < 3; tries++) {
    const memory = memoryInUse();
    const started = performance.now();
    try {
      const done = target.run(input);
      if (done !== undefined) await done;
    } catch (error) {
      return error instanceof Error ? error : new Error(`thrown: ${String(error)}`);
    }
    const taken = memoryInUse() - memory;
    const { maxMemoryBytes = DEFAULT_MAX_MEMORY_BYTES } = target;
    if (taken > maxMemoryBytes) return new Error(`more than ${maxMemoryBytes} bytes of memory for one input`);
    if (performance.now() - started < MAX_MS) return undefined;
  }
  return new Error(`more than ${MAX_MS} ms for one input`);
}

function memoryInUse(): number {
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

/**
 * Returns a finding's key: where the error was thrown, in our code or a library's. Findings with the same key
 * are one.
 */
function signature(error: Error): string {
  const where = (error.stack ?? "").split("\n").find((line) => /^\s+at .*file:/.test(line));
  return `${error.name} ${where ?? error.message}`;
}

/** Returns the smallest input found with the same fault, by removing pieces as long as the fault remains. */
async function minimised(
  target: Target,
  input: Uint8Array,
  error: Error,
  begins: (input: Uint8Array) => void,
): Promise<Uint8Array> {
  let smallest = input;
  let left = MINIMISING_RUNS;
  for (let piece = Math.ceil(input.length / 2); piece >= 1 && left > 0; piece = Math.floor(piece / 2))
    for (let at = 0; at < smallest.length && left > 0; left--) {
      const shorter = Buffer.concat([smallest.subarray(0, at), smallest.subarray(at + piece)]);
      begins(shorter);
      const still = await fault(target, new Uint8Array(shorter));
      if (still !== undefined && signature(still) === signature(error)) smallest = new Uint8Array(shorter);
      else at += piece;
    }
  return smallest;
}
