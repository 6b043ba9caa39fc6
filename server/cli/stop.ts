/** `parley-server stop`: asks the server of a data folder to stop, and waits until it has stopped. */
import { setTimeout as pause } from "node:timers/promises";
import { type DataFolder, isDataFolderLocked, openDataFolder } from "../operations/data-folder.ts";
import { OperatorError } from "../operations/operator-error.ts";
import { askToStop, latestRun } from "../operations/runs.ts";
import type { Store } from "../store/store.ts";
import { words } from "../words/words.ts";
import type { Output } from "./output.ts";
import { withStore } from "./with-store.ts";

const LOOK_AGAIN_MS = 100;

/**
 * Stops a server. Resolves once none runs there.
 * @throws OperatorError "server-still-runs"
 */
export async function stop(
  { data, waitMs }: { readonly data: string; readonly waitMs: number },
  output: Output,
): Promise<void> {
  const folder = await openDataFolder(data, { create: false });
  if (!isDataFolderLocked(folder)) {
    output.say({ event: "not-running" }, words.commandLine.serving.notRunning(folder.path));
    return;
  }
  switch (await withStore(data, (store) => untilStopped(store, folder, waitMs))) {
    case "stopped":
      output.say({ event: "stopped" }, words.commandLine.serving.stopped);
      return;
    case "started-again":
      throw new OperatorError("server-still-runs", words.faults.stopping.anotherRuns(folder.path));
    case "runs":
      throw new OperatorError(
        "server-still-runs",
        words.faults.stopping.stillRuns(folder.path, waitMs / 1000),
      );
  }
}

async function untilStopped(
  store: Store,
  folder: DataFolder,
  waitMs: number,
): Promise<"stopped" | "started-again" | "runs"> {
  let asked: string | undefined;
  for (const deadline = Date.now() + waitMs; Date.now() < deadline; await pause(LOOK_AGAIN_MS)) {
    if (!isDataFolderLocked(folder)) return "stopped";
    const run = latestRun(store.settings);
    if (asked !== undefined && run !== asked) return "started-again";
    if (asked === undefined && run !== undefined) {
      askToStop(store.settings, run);
      await store.committed();
      asked = run;
    }
  }
  return "runs";
}
