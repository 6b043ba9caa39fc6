/**
 * Facts that a running server stores for the command line beside it: where it listens, and when it was last
 * alive.
 */
import { type AddressRange, parseRange, rangeText } from "../gateway/proxy/trusted.ts";
import type { Settings, Store } from "../store/store.ts";

export interface LastRun {
  /** Value of `--host`. */
  readonly host: string;
  readonly port: number;
  /** Value of `--proxy-from`. */
  readonly proxyFrom: readonly AddressRange[];
  readonly pid: number;
  /** Unix milliseconds, written every half minute. */
  readonly aliveAt: number;
}

const LISTENS_ON = "listens-on";
const ALIVE_AT = "alive-at";

export function rememberRun(
  store: Store,
  { host, port, proxyFrom }: Pick<LastRun, "host" | "port" | "proxyFrom">,
): void {
  store.settings.set(LISTENS_ON, [host, port, process.pid, ...proxyFrom.map(rangeText)].join(" "));
}

export function rememberAlive(store: Store, now: number): void {
  store.settings.set(ALIVE_AT, String(now));
}

/** Returns the facts, or undefined if no server ever ran on these settings. */
export function lastRun(settings: Pick<Settings, "get">): LastRun | undefined {
  const [host, port, pid, ...ranges] = settings.get(LISTENS_ON)?.split(" ") ?? [];
  const run = { port: Number(port), pid: Number(pid), aliveAt: Number(settings.get(ALIVE_AT)) };
  if (host === undefined || !Object.values(run).every(Number.isSafeInteger)) return undefined;
  const proxyFrom = ranges.map(parseRange).filter((range) => range !== undefined);
  return { host, proxyFrom, ...run };
}
