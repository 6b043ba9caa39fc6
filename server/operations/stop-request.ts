/**
 * How `parley-server stop` reaches a running server, also on systems without signals: by two rows of its
 * store. The server names the current run at its start; any program that may write the data folder can ask
 * exactly that run to stop.
 */
import { randomUUID } from "node:crypto";
import type { Settings } from "../store/store.ts";

const RUN = "run";
const STOP = "stop-run";

/**
 * Names this run.
 * @returns an object that tells whether it was asked to stop
 */
export function beginRun(settings: Settings): { readonly isAskedToStop: boolean } {
  const run = randomUUID();
  settings.set(RUN, run);
  return {
    get isAskedToStop(): boolean {
      try {
        return settings.get(STOP) === run;
      } catch {
        return false; // a failing disk is reported by the next write
      }
    },
  };
}

/** Returns the name of the last run that began; undefined if there was none. */
export function latestRun(settings: Settings): string | undefined {
  return settings.get(RUN);
}

export function askToStop(settings: Settings, run: string): void {
  settings.set(STOP, run);
}
