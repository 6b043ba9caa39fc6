/** The status bar's menu. */
import * as vscode from "vscode";
import type { CommandId } from "../../ids.ts";
import { run } from "../editor.ts";
import type { Parley } from "../parley.ts";
import { menuGroups } from "./menu-model.ts";
import { statusModel } from "./state-model.ts";

interface MenuItem extends vscode.QuickPickItem {
  /** Absent for separators. */
  readonly command?: CommandId;
}

export async function showMenu({ host, titleOf }: Parley): Promise<void> {
  // Ignore a failure: the menu shows the commands that help with it.
  await host.open().catch(() => undefined);
  const snapshot = host.snapshot();
  const items = menuGroups(snapshot, vscode.l10n.t).flatMap(({ label, commands }): readonly MenuItem[] => [
    { label, kind: vscode.QuickPickItemKind.Separator },
    ...commands.map((command) => {
      const { title, icon } = titleOf(command);
      return { label: title, iconPath: new vscode.ThemeIcon(icon), command };
    }),
  ]);
  const [headline] = statusModel(snapshot, vscode.l10n.t).tooltip.split("\n");
  const choice = await vscode.window.showQuickPick(items, { title: "Parley", placeHolder: headline ?? "" });
  if (choice?.command !== undefined) await run(choice.command);
}
