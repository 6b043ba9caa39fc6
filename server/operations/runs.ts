/**
 * Names the runs of a server on one data folder, in its store. Clients are told the name of the current run and, if the previous one
 * ended cleanly, that one's: a client that met neither sends stored messages again, since the folder may come from a backup.
 * `parley-server stop` asks exactly one run to stop, also on systems without signals: any program that may write the data folder can.
 */
import { randomBytes } from "node:crypto";
import type { ServerRun } from "../../protocol/channel/server-run.ts";
import type { Settings } from "../store/store.ts";

const RUN = "run";
const STOP = "stop-run";
const ENDED = "ended-run";

export interface Run extends ServerRun {
  readonly isAskedToStop: boolean;
  /** Records that it ended cleanly: everything acknowledged is in the store. */
  end(): void;
}

/** Names this run. @returns it, with whether it was asked to stop */
export function beginRun(settings: Settings): Run {
  const id = randomBytes(16).toString("hex");
  const before = settings.get(RUN);
  const follows = before !== undefined && before === settings.get(ENDED) ? before : undefined;
  settings.set(RUN, id);
  return {
    id,
    ...(follows !== undefined && { follows }),
    get isAskedToStop(): boolean {
      try {
        return settings.get(STOP) === id;
      } catch {
        return false; // a failing disk is reported by the next write
      }
    },
    end: () => {
      try {
        settings.set(ENDED, id);
      } catch {
        // The disk fails: clients then send stored messages again.
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
