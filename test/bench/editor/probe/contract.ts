/** What the bench asks its probe inside the extension host. */
export interface Activation {
  /** Reading its code and calling its `activate`. */
  readonly wallMs: number;
  /** Of the host's main thread. */
  readonly cpuMs: number;
}
export interface Memory {
  /** After a garbage collection, as far as the process gave it back. */
  readonly rssBytes: number;
  readonly heapBytes: number;
}
export interface Questions {
  readonly activation: Activation;
  readonly memory: Memory;
  /** Milliseconds of the host's main thread so far. */
  readonly cpu: number;
}

/** Environment of the extension host: the socket the bench listens on. */
export const SOCKET = "PARLEY_BENCH_SOCKET";
/** What the probe's item in the status bar says: it opens a panel with nothing in it. */
export const EMPTY_PANEL = "Empty panel";
