/**
 * Which code an input reached, by V8's own block coverage through the DevTools protocol: in this thread, or
 * in a browser's page. Nothing is instrumented; TypeScript, dependencies and bundles are counted alike.
 */
import { Session } from "node:inspector/promises";

interface Range {
  readonly startOffset: number;
  readonly endOffset: number;
  readonly count: number;
}
interface Script {
  readonly scriptId: string;
  readonly url: string;
  readonly functions: readonly { readonly ranges: readonly Range[] }[];
}

/**
 * A V8 with coverage enabled before the code in question was loaded: V8 counts blocks only in code that it
 * compiles afterwards.
 */
export interface Inspector {
  /** Returns the blocks that ran since the last call. */
  take(): Promise<readonly Script[]>;
}

/** The parameters that make V8 count precisely. */
export const PRECISELY = { callCount: true, detailed: true };

/** Starts coverage of this thread. */
export async function startInspector(): Promise<Inspector> {
  const session = new Session();
  session.connect();
  await session.post("Profiler.enable");
  await session.post("Profiler.startPreciseCoverage", PRECISELY);
  return { take: async () => (await session.post("Profiler.takePreciseCoverage")).result };
}

/**
 * Collects coverage. V8 reports a block only if it ran a different number of times than the code around it.
 * That a block did *not* run is therefore as informative as that it did, and the sum of several inputs
 * differs from each of them. So the two are recorded separately.
 */
export class Coverage {
  readonly #inspector: Inspector;
  readonly #together = new Set<string>();
  readonly #alone = new Set<string>();
  readonly #reached = new Set<string>();

  constructor(inspector: Inspector) {
    this.#inspector = inspector;
  }

  /** The number of distinct blocks reached so far. */
  get blocks(): number {
    return this.#reached.size;
  }

  /** Returns whether the inputs since the last call reached something for the first time. */
  ofSeveral(): Promise<boolean> {
    return this.#take(this.#together);
  }

  /** Returns the same for one input. */
  ofOne(): Promise<boolean> {
    return this.#take(this.#alone);
  }

  async #take(seen: Set<string>): Promise<boolean> {
    const before = seen.size;
    for (const { scriptId, url, functions } of await this.#inspector.take()) {
      if (!isForeignFacing(url)) continue;
      for (const { ranges } of functions)
        for (const { startOffset, endOffset, count } of ranges) {
          const block = `${scriptId}:${startOffset}:${endOffset}`;
          seen.add(count === 0 ? `${block}:not` : block);
          if (count > 0) this.#reached.add(block);
        }
    }
    return seen.size > before;
  }
}

/** Returns whether a script is ours or one of our parsers, not Node's or the fuzzer's. */
function isForeignFacing(url: string): boolean {
  return url !== "" && !url.startsWith("node:") && !url.includes("/test/");
}
