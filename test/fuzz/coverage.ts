/**
 * Which code an input reached, by V8's own block coverage through the DevTools protocol: in this thread, or in the page
 * of a browser. Nothing is instrumented; TypeScript, dependencies and bundles count alike.
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

/** A V8 that counts, and did so before the code in question was loaded: V8 counts blocks only of code that it compiles afterwards. */
export interface Inspector {
  /** @returns the blocks that ran since the last call */
  take(): Promise<readonly Script[]>;
}

/** How V8 is to count. */
export const PRECISELY = { callCount: true, detailed: true };

/** Counts this thread, from now on. */
export async function startInspector(): Promise<Inspector> {
  const session = new Session();
  session.connect();
  await session.post("Profiler.enable");
  await session.post("Profiler.startPreciseCoverage", PRECISELY);
  return { take: async () => (await session.post("Profiler.takePreciseCoverage")).result };
}

/**
 * V8 reports a block only when it ran another number of times than the code around it: that one did *not* run is as
 * informative as that one did, and the sum of several inputs differs from each of them. So the two are kept apart.
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

  /** @returns whether the inputs since the last call reached something for the first time */
  ofSeveral(): Promise<boolean> {
    return this.#take(this.#together);
  }

  /** As ofSeveral, for one input. */
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

/** Our code and its parsers; neither Node's own nor the fuzzer's. */
function isForeignFacing(url: string): boolean {
  return url !== "" && !url.startsWith("node:") && !url.includes("/test/");
}
