/** The task type "parley": runs the bundled server on VS Code's own Node, so that nothing has to be installed. */
import { homedir } from "node:os";
import { resolve } from "node:path";
import { isDeepStrictEqual } from "node:util";
import * as vscode from "vscode";
import { PROBLEM_MATCHER, TASK_TYPE } from "../../ids.ts";
import { side } from "../editor.ts";
import { serverObstacle } from "../side.ts";
import { ServerOfWindow } from "./server-of-window.ts";
import { type ServerOptions, serverArguments, serverOptions } from "./server-options.ts";
import { ServerTerminal } from "./server-terminal.ts";

export class ServerTaskProvider implements vscode.TaskProvider, vscode.Disposable {
  readonly #context: vscode.ExtensionContext;
  readonly #ofWindow: ServerOfWindow;
  /** The data folders of servers that have not ended yet. */
  readonly #terminals = new Map<ServerTerminal, string>();

  constructor(context: vscode.ExtensionContext) {
    this.#context = context;
    this.#ofWindow = new ServerOfWindow(context.workspaceState);
  }

  provideTasks(): vscode.Task[] {
    return canRunServer(this.#context) ? [this.task({})] : [];
  }

  /** Adds the execution to a task from tasks.json. */
  resolveTask(task: vscode.Task): vscode.Task | undefined {
    const options = serverOptions(task.definition);
    if (options === undefined || !canRunServer(this.#context)) return undefined;
    return this.task(options, task.definition, task.scope);
  }

  task(
    options: ServerOptions,
    definition: vscode.TaskDefinition = { ...options, type: TASK_TYPE },
    scope: vscode.WorkspaceFolder | vscode.TaskScope = usualScope(),
  ): vscode.Task {
    // In `resolved`, VS Code has replaced the ${variables}.
    const execution = new vscode.CustomExecution(async (resolved) => {
      const wanted = serverOptions(resolved);
      if (wanted === undefined) throw new Error(vscode.l10n.t("This task's options aren't valid."));
      return this.#terminal(wanted, folderOf(scope), definition);
    });
    const task = new vscode.Task(
      definition,
      scope,
      vscode.l10n.t("Start Parley server"),
      "parley",
      execution,
      PROBLEM_MATCHER,
    );
    task.detail = vscode.l10n.t("Runs until you stop it with Ctrl+C in its terminal");
    task.isBackground = true;
    task.presentationOptions = {
      reveal: vscode.TaskRevealKind.Silent,
      panel: vscode.TaskPanelKind.Dedicated,
    };
    return task;
  }

  /** Restarts the server that ended because the window was reloaded. */
  async resume(): Promise<void> {
    const server = this.#ofWindow.interrupted();
    const options = server && serverOptions(server.definition);
    if (options === undefined || !canRunServer(this.#context)) return;
    const written = (await vscode.tasks.fetchTasks({ type: TASK_TYPE })).find(({ definition }) =>
      isDeepStrictEqual({ ...definition }, server?.definition),
    );
    await vscode.tasks.executeTask(written ?? this.task(options));
  }

  #terminal(options: ServerOptions, cwd: string, definition: vscode.TaskDefinition): ServerTerminal {
    const terminal = new ServerTerminal({
      path: this.program,
      arguments: serverArguments(options, this.defaultData),
      cwd,
    });
    const data = resolve(cwd, options.data ?? this.defaultData);
    this.#terminals.set(terminal, data);
    void terminal.gone.then(() => this.#terminals.delete(terminal));
    this.#ofWindow.remember({ definition: { ...definition }, data }, terminal.gone);
    return terminal;
  }

  /** Resolves once this window's server has released its data folder, some time after its task has ended. */
  async stopped(data: string): Promise<void> {
    await Promise.all(
      [...this.#terminals].map(([{ gone }, itsData]) => (itsData === data ? gone : undefined)),
    );
  }

  dispose(): void {
    for (const terminal of this.#terminals.keys()) terminal.close();
  }

  get program(): string {
    return vscode.Uri.joinPath(this.#context.extensionUri, "dist", "server.js").fsPath;
  }

  /** @returns the default folder for the server's data */
  get defaultData(): string {
    return vscode.Uri.joinPath(this.#context.globalStorageUri, "server").fsPath;
  }
}

/** Returns the scope of new tasks: global in an empty window, which has no workspace. */
function usualScope(): vscode.TaskScope {
  return vscode.workspace.workspaceFolders === undefined
    ? vscode.TaskScope.Global
    : vscode.TaskScope.Workspace;
}

/** @returns the folder that relative paths of a task start from: a workspace folder, else the home directory */
function folderOf(scope: vscode.WorkspaceFolder | vscode.TaskScope): string {
  const folder = typeof scope === "object" ? scope : vscode.workspace.workspaceFolders?.[0];
  return folder?.uri.scheme === "file" ? folder.uri.fsPath : homedir();
}

/** Whether this window can run a server: tasks run where the workspace is, and only in a trusted one. */
function canRunServer(context: vscode.ExtensionContext): boolean {
  return serverObstacle(side(context), vscode.workspace.isTrusted, vscode.l10n.t) === undefined;
}
