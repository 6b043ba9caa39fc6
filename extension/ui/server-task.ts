/** The task type "parley": runs the server of this extension under the editor's own runtime, with nothing installed. */
import { homedir } from "node:os";
import * as vscode from "vscode";
import { PROBLEM_MATCHER, TASK_TYPE } from "../ids.ts";
import { type ServerOptions, serverArguments, serverOptions } from "./server-options.ts";

export class ServerTaskProvider implements vscode.TaskProvider {
  readonly #context: vscode.ExtensionContext;

  constructor(context: vscode.ExtensionContext) {
    this.#context = context;
  }

  provideTasks(): vscode.Task[] {
    return canRunServer(this.#context) ? [this.task({})] : [];
  }

  /** For a task written in tasks.json: the definition there, completed by how to run it. */
  resolveTask(task: vscode.Task): vscode.Task | undefined {
    const options = serverOptions(task.definition);
    if (options === undefined || !canRunServer(this.#context)) return undefined;
    return this.task(options, task.definition, task.scope);
  }

  task(
    options: ServerOptions,
    definition: vscode.TaskDefinition = { ...options, type: TASK_TYPE },
    scope: vscode.WorkspaceFolder | vscode.TaskScope = vscode.TaskScope.Workspace,
  ): vscode.Task {
    const args = [this.program, ...serverArguments(options, this.defaultData)];
    const execution = new vscode.ProcessExecution(process.execPath, args, {
      env: runtimeEnvironment,
      // A task runs in the workspace's folder, which an empty window lacks.
      ...(vscode.workspace.workspaceFolders === undefined ? { cwd: homedir() } : {}),
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

  get program(): string {
    return vscode.Uri.joinPath(this.#context.extensionUri, "dist", "server.js").fsPath;
  }

  /** Where the server keeps its data unless told otherwise. */
  get defaultData(): string {
    return vscode.Uri.joinPath(this.#context.globalStorageUri, "server").fsPath;
  }
}

/** Makes the editor's own executable behave as plain Node, which plain Node does not mind; and tells the server where its commands are. */
export const runtimeEnvironment = { ELECTRON_RUN_AS_NODE: "1", PARLEY_IN_EDITOR: "1" };

/** Tasks run where the workspace is; this extension's files must be there too. Restricted workspaces start nothing. */
export function canRunServer(context: vscode.ExtensionContext): boolean {
  const elsewhere =
    vscode.env.remoteName !== undefined && context.extension.extensionKind === vscode.ExtensionKind.UI;
  return vscode.workspace.isTrusted && !elsewhere;
}
