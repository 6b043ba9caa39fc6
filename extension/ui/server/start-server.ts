/** The command "Start a Server Here": runs the server as a task, waits until it listens, and lets its owner join. */
import { execFile } from "node:child_process";
import { createConnection } from "node:net";
import { promisify } from "node:util";
import * as vscode from "vscode";
import { View } from "../../ids.ts";
import { joinAsPerson } from "../account/join.ts";
import { side, warn } from "../editor.ts";
import type { Parley } from "../parley.ts";
import { serverObstacle } from "../side.ts";
import { askServer, type WantedServer } from "./ask-server.ts";
import type { ServerTaskProvider } from "./server-task.ts";
import { runtimeEnvironment } from "./server-terminal.ts";

const START_DEADLINE_MS = 30_000;
const PROBE_MS = 200;

export async function startServerHere(parley: Parley, tasks: ServerTaskProvider): Promise<void> {
  const obstacle = serverObstacle(side(parley.context), vscode.workspace.isTrusted, vscode.l10n.t);
  if (obstacle !== undefined) return tellObstacle(obstacle);
  try {
    const wanted = await askServer(tasks.defaultData);
    if (wanted === undefined) return;
    const link = await vscode.window.withProgress({ location: { viewId: View.people } }, async () => {
      await startAndWait(tasks, wanted);
      return newInvite(tasks.program, wanted.data);
    });
    await offerToJoin(parley, link);
  } catch (error) {
    parley.errors.log(error);
    const terminal = vscode.l10n.t("Show Terminal");
    const answer = await vscode.window.showErrorMessage(
      vscode.l10n.t("The server didn't start. See its terminal for details."),
      terminal,
    );
    if (answer === terminal) await vscode.commands.executeCommand("workbench.action.terminal.focus");
  }
}

async function tellObstacle(obstacle: string): Promise<void> {
  if (vscode.workspace.isTrusted) return warn(obstacle);
  const trust = vscode.l10n.t("Manage Workspace Trust");
  const answer = await vscode.window.showWarningMessage(obstacle, trust);
  if (answer === trust) await vscode.commands.executeCommand("workbench.trust.manage");
}

/** Starts the server, and resolves once its port, which was free before, accepts connections. Rejects if the task ends first. */
export async function startAndWait(tasks: ServerTaskProvider, wanted: WantedServer): Promise<void> {
  const ended: vscode.TaskExecution[] = [];
  const listener = vscode.tasks.onDidEndTask(({ execution }) => ended.push(execution));
  try {
    const execution = await vscode.tasks.executeTask(tasks.task(wanted));
    const deadline = Date.now() + START_DEADLINE_MS;
    while (!(await answers(wanted.port))) {
      if (ended.includes(execution)) throw new Error("the server's task ended before it listened");
      if (Date.now() > deadline) throw new Error(`nothing listened on port ${wanted.port} in time`);
      await new Promise((next) => setTimeout(next, PROBE_MS));
    }
  } finally {
    listener.dispose();
  }
}

async function newInvite(program: string, data: string): Promise<string> {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [program, "invite", "--json", "--data", data],
    {
      env: { ...process.env, ...runtimeEnvironment },
    },
  );
  const answer: unknown = JSON.parse(stdout);
  if (typeof answer === "object" && answer !== null && "link" in answer && typeof answer.link === "string")
    return answer.link;
  throw new Error("the server's invite command gave no link");
}

async function offerToJoin(parley: Parley, link: string): Promise<void> {
  const { account } = await parley.host.open();
  if (account !== undefined) {
    const copy = vscode.l10n.t("Copy Invite");
    const answer = await vscode.window.showInformationMessage(
      vscode.l10n.t(
        "The server is running. You stay {0} on {1}. Its first invite is for someone else.",
        account.name,
        account.host,
      ),
      copy,
    );
    if (answer === copy) await vscode.env.clipboard.writeText(link);
    return;
  }
  const title = vscode.l10n.t("The server is running. Join it yourself");
  // Do not offer the recovery file yet: the view offers to invite someone first.
  await joinAsPerson(parley, link, { title }, () => undefined);
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection({ port, host: "127.0.0.1" });
    const end = (yes: boolean) => {
      socket.destroy();
      resolve(yes);
    };
    socket.once("connect", () => end(true)).once("error", () => end(false));
  });
}
