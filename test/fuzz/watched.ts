/** The memory that a fuzzing thread shares with its observer: the input under test. */
import type { TargetName } from "./targets.ts";

export interface WorkerOrder {
  readonly target: TargetName;
  readonly seed: number;
  readonly durationMs: number;
  readonly shared: SharedArrayBuffer;
}

export type Report =
  | { readonly type: "found"; readonly input: Uint8Array; readonly why: string }
  | {
      readonly type: "done";
      readonly runs: number;
      readonly blocks: number;
      readonly kept: number;
      readonly ms: number;
    };

const HEAD_BYTES = 8;
const MAX_INPUT_BYTES = 1024 * 1024;

export class Watched {
  readonly #head: Int32Array;
  readonly #bytes: Uint8Array;

  static memory(): SharedArrayBuffer {
    return new SharedArrayBuffer(HEAD_BYTES + MAX_INPUT_BYTES);
  }

  constructor(memory: SharedArrayBuffer) {
    this.#head = new Int32Array(memory, 0, 2);
    this.#bytes = new Uint8Array(memory, HEAD_BYTES);
  }

  begin(input: Uint8Array): void {
    this.#bytes.set(input);
    this.#head[1] = input.length;
    Atomics.add(this.#head, 0, 1);
  }

  /** Marks that nothing runs from now on that could hang. */
  end(): void {
    this.#head[1] = -1;
  }

  /** The number of the current run. */
  get run(): number {
    return Atomics.load(this.#head, 0);
  }

  /** The current input; undefined before the first run and after the last. */
  get input(): Uint8Array | undefined {
    const length = this.#head[1] ?? -1;
    return this.run === 0 || length < 0 ? undefined : this.#bytes.slice(0, length);
  }
}
