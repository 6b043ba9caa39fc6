/** Wraps VS Code calls that take string ids, typed by ids.ts. */
import * as vscode from "vscode";
import type { ContextKeys, DeedKeys, SIDE_CHAT_KEY, SIDE_FOCUS_KEY } from "../commands/context-keys.ts";
import type { CommandId, Settings } from "../ids.ts";
import { type Side, sideOf } from "./side.ts";

/** Reads a setting. It always has a value, since the manifest gives each a default. */
export function setting<Id extends keyof Settings>(id: Id): Settings[Id] {
  return vscode.workspace.getConfiguration().get(id) as Settings[Id];
}

type Keys = ContextKeys &
  DeedKeys & { readonly [Key in typeof SIDE_CHAT_KEY | typeof SIDE_FOCUS_KEY]: boolean };

export function setContext<Id extends keyof Keys>(id: Id, value: Keys[Id]): Thenable<unknown> {
  return vscode.commands.executeCommand("setContext", id, value);
}

export function side({ extension }: vscode.ExtensionContext): Side {
  return sideOf({
    remoteName: vscode.env.remoteName,
    isBrowser: vscode.env.uiKind === vscode.UIKind.Web,
    runsLocally: extension.extensionKind === vscode.ExtensionKind.UI,
  });
}

export function run(command: CommandId, ...args: readonly unknown[]): Thenable<unknown> {
  return vscode.commands.executeCommand(command, ...args);
}

/** Shows an information notification with OK. Without a button, VS Code would show only its first line. */
export function inform(text: string): void {
  void vscode.window.showInformationMessage(text, vscode.l10n.t("OK"));
}

/** Like inform, but as a warning. */
export function warn(text: string): void {
  void vscode.window.showWarningMessage(text, vscode.l10n.t("OK"));
}
