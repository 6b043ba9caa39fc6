/** The bench's requests to its probe inside the extension host. */
export interface Took {
  readonly wallMs: number;
  /** CPU time of the host's main thread. */
  readonly cpuMs: number;
}
export interface Memory {
  /** After a garbage collection, as far as the process has returned the memory. */
  readonly rssBytes: number;
  readonly heapBytes: number;
}
export interface Questions {
  /** Time to load Parley's code and call its `activate`, for which the editor waits. */
  readonly activation: Took;
  /** From that until the user is online, for which nothing waits. Never resolves without an account. */
  readonly online: Took;
  readonly memory: Memory;
  /** Milliseconds of the host's main thread so far. */
  readonly cpu: number;
}

/** Environment of the extension host: the socket the bench listens on. */
export const SOCKET = "PARLEY_BENCH_SOCKET";
/** The text of the probe's item in the status bar: it opens an empty panel. */
export const EMPTY_PANEL = "Empty panel";
