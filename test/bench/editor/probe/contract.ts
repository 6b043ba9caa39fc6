/** The bench's questions to its probe inside the extension host. */
export interface Took {
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
  /** Reading its code and calling its `activate`, which the editor waits for. */
  readonly activation: Took;
  /** From the beginning of that until the user is online, which nobody waits for. Never, without an account. */
  readonly online: Took;
  readonly memory: Memory;
  /** Milliseconds of the host's main thread so far. */
  readonly cpu: number;
}

/** Environment of the extension host: the socket the bench listens on. */
export const SOCKET = "PARLEY_BENCH_SOCKET";
/** The text of the probe's item in the status bar: it opens a panel with nothing in it. */
export const EMPTY_PANEL = "Empty panel";
