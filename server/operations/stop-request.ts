/**
 * How `parley-server stop` reaches a running server, on systems without signals too: by two rows of its store. The server names this run
 * of it at its start, and any program that may write the data folder can ask that run, and no later one, to stop.
 */
import { randomUUID } from "node:crypto";
import type { Settings } from "../store/store.ts";

const RUN = "run";
const STOP = "stop-run";

/** Names this run. @returns the state of the request */
export function beginRun(settings: Settings): { readonly isAskedToStop: boolean } {
  const run = randomUUID();
  settings.set(RUN, run);
  return {
    get isAskedToStop(): boolean {
      try {
        return settings.get(STOP) === run;
      } catch {
        return false; // a failing disk is told of where somebody writes
      }
    },
  };
}

/** @returns the name of the last run that began; undefined where none ever did */
export function latestRun(settings: Settings): string | undefined {
  return settings.get(RUN);
}

export function askToStop(settings: Settings, run: string): void {
  settings.set(STOP, run);
}
