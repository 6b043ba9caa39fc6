/** "Start a Server Here": runs the server as a task, waits until it listens, and lets its owner join it at once. */
import { execFile } from "node:child_process";
import { createConnection, createServer } from "node:net";
import { promisify } from "node:util";
import * as vscode from "vscode";
import { Command, View } from "../ids.ts";
import { run } from "./editor.ts";
import { joinAsPerson } from "./join.ts";
import type { Parley } from "./parley.ts";
import { canRunServer, runtimeEnvironment, type ServerTaskProvider } from "./server-task.ts";

const START_DEADLINE_MS = 30_000;
/** The server's own default. */
const USUAL_PORT = 7750;
const PROBE_MS = 200;

export async function startServerHere(parley: Parley, tasks: ServerTaskProvider): Promise<void> {
  if (!canRunServer(parley.context)) {
    void vscode.window.showWarningMessage(
      vscode.l10n.t(
        "Parley starts a server only in a trusted workspace, on the computer that this window runs on.",
      ),
    );
    return;
  }
  try {
    const port = await askPort();
    const data = port === undefined ? undefined : await askFolder(tasks.defaultData);
    if (port === undefined || data === undefined) return;
    const link = await vscode.window.withProgress({ location: { viewId: View.people } }, async () => {
      await startAndWait(tasks, port, data);
      return firstInvite(tasks.program, data);
    });
    await offerToJoin(parley, link);
  } catch (error) {
    parley.errors.log(error);
    const terminal = vscode.l10n.t("Show Terminal");
    const answer = await vscode.window.showErrorMessage(
      vscode.l10n.t("The server did not start. Its terminal says why."),
      terminal,
    );
    if (answer === terminal) await vscode.commands.executeCommand("workbench.action.terminal.focus");
  }
}

async function askPort(): Promise<number | undefined> {
  const answer = await vscode.window.showInputBox({
    title: vscode.l10n.t("Start a Parley server here (1 of 2)"),
    prompt: vscode.l10n.t("The port it listens on. Your team must be able to reach it on this computer."),
    value: String(USUAL_PORT),
    ignoreFocusOut: true,
    validateInput: async (value) => {
      const port = Number(value);
      if (!/^\d+$/.test(value) || port < 1 || port > 65_535)
        return vscode.l10n.t("A port is a number from 1 to 65535.");
      return (await isFree(port))
        ? undefined
        : vscode.l10n.t("Port {0} is in use on this computer. Choose another one.", value);
    },
  });
  return answer === undefined ? undefined : Number(answer);
}

async function askFolder(usual: string): Promise<string | undefined> {
  const own = {
    label: vscode.l10n.t("In Parley's own folder"),
    detail: usual,
    iconPath: new vscode.ThemeIcon("home"),
  };
  const other = {
    label: vscode.l10n.t("In a folder I choose…"),
    iconPath: new vscode.ThemeIcon("folder-opened"),
  };
  const choice = await vscode.window.showQuickPick([own, other], {
    title: vscode.l10n.t("Start a Parley server here (2 of 2)"),
    placeHolder: vscode.l10n.t("Where shall it keep its keys and its database?"),
    ignoreFocusOut: true,
  });
  if (choice === own) return usual;
  if (choice === undefined) return undefined;
  const folders = await vscode.window.showOpenDialog({
    canSelectFiles: false,
    canSelectFolders: true,
    openLabel: vscode.l10n.t("Keep It Here"),
  });
  return folders?.[0]?.fsPath;
}

/** Resolves once something accepts connections on the port, which was free before; rejects when the task ends first. */
async function startAndWait(tasks: ServerTaskProvider, port: number, data: string): Promise<void> {
  const ended: vscode.TaskExecution[] = [];
  const listener = vscode.tasks.onDidEndTask(({ execution }) => ended.push(execution));
  try {
    const scope =
      vscode.workspace.workspaceFolders === undefined ? vscode.TaskScope.Global : vscode.TaskScope.Workspace;
    const execution = await vscode.tasks.executeTask(tasks.task({ port, data }, undefined, scope));
    const deadline = Date.now() + START_DEADLINE_MS;
    while (!(await answers(port))) {
      if (ended.includes(execution)) throw new Error("the server's task ended before it listened");
      if (Date.now() > deadline) throw new Error(`nothing listened on port ${port} in time`);
      await new Promise((next) => setTimeout(next, PROBE_MS));
    }
  } finally {
    listener.dispose();
  }
}

async function firstInvite(program: string, data: string): Promise<string> {
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
        "The server runs. You stay {0} on {1}; its first invite is for somebody else.",
        account.name,
        account.host,
      ),
      copy,
    );
    if (answer === copy) await vscode.env.clipboard.writeText(link);
    return;
  }
  await joinAsPerson(parley, link, vscode.l10n.t("The server runs. Join it yourself"));
  if (parley.host.messenger?.account === undefined) return;
  const invite = vscode.l10n.t("Invite Someone…");
  const answer = await vscode.window.showInformationMessage(
    vscode.l10n.t("Your server runs, and you are on it."),
    invite,
  );
  if (answer === invite) await run(Command.inviteSomeone);
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen(port, () => server.close(() => resolve(true)));
  });
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
