/** Restarts a loopback server at an address that the team can reach, with the same data. */
import * as vscode from "vscode";
import type { SharedMessenger } from "../../../messenger/sharing/shared-messenger.ts";
import { TASK_TYPE, View } from "../../ids.ts";
import { inform } from "../editor.ts";
import type { Parley } from "../parley.ts";
import { askTeamAddress, USUAL_PORT } from "./ask-server.ts";
import { serverOptions } from "./server-options.ts";
import type { ServerTaskProvider } from "./server-task.ts";
import { startAndWait } from "./start-server.ts";

const ONLINE_DEADLINE_MS = 30_000;

/** @returns whether the server runs there and this window is connected to it. @throws Error if it does not start */
export async function openToTeam(
  { host }: Parley,
  messenger: SharedMessenger,
  tasks: ServerTaskProvider,
): Promise<boolean> {
  const running = vscode.tasks.taskExecutions.find(({ task }) => task.definition.type === TASK_TYPE);
  const options = running && serverOptions(running.task.definition);
  if (running === undefined || options === undefined || options.port === 0) {
    inform(
      vscode.l10n.t(
        "This window didn't start the server. Where it runs, stop it and start it again with: --host 0.0.0.0 --address NAME",
      ),
    );
    return false;
  }
  const reach = await askTeamAddress(vscode.l10n.t("Open the server to the team"));
  if (reach === undefined) return false;
  const wanted = { port: options.port ?? USUAL_PORT, data: options.data ?? tasks.defaultData, ...reach };
  await vscode.window.withProgress({ location: { viewId: View.people } }, async () => {
    await end(running);
    await tasks.stopped(wanted.data);
    await startAndWait(tasks, wanted);
    await online(host, messenger);
  });
  return messenger.state.type === "online";
}

function end(execution: vscode.TaskExecution): Promise<void> {
  return new Promise((resolve) => {
    const listener = vscode.tasks.onDidEndTask((ended) => {
      if (ended.execution !== execution) return;
      listener.dispose();
      resolve();
    });
    execution.terminate();
  });
}

/** Resolves once the account is signed in again, or after a timeout. */
async function online(host: Parley["host"], messenger: SharedMessenger): Promise<void> {
  await new Promise<void>((resolve) => {
    const done = () => {
      clearTimeout(timer);
      listener.dispose();
      resolve();
    };
    const timer = setTimeout(done, ONLINE_DEADLINE_MS);
    const look = () => {
      if (messenger.state.type === "online") done();
      else if (messenger.state.type === "waiting") void messenger.calls.reconnectNow();
    };
    const listener = host.on("changed", look);
    look();
  });
}
