/** The status bar's menu. */
import * as vscode from "vscode";
import { run } from "./editor.ts";
import { menuCommands } from "./menu-model.ts";
import type { Parley } from "./parley.ts";
import { statusModel } from "./state-model.ts";

export async function showMenu({ host, titleOf }: Parley): Promise<void> {
  // A failure is one of the states the menu is made for.
  await host.open().catch(() => undefined);
  const snapshot = host.snapshot();
  const items = menuCommands(snapshot, vscode.l10n.t).map((command) => {
    const { title, icon } = titleOf(command);
    return { label: title, iconPath: new vscode.ThemeIcon(icon), command };
  });
  const [headline] = statusModel(snapshot, vscode.l10n.t).tooltip.split("\n");
  const choice = await vscode.window.showQuickPick(items, { title: "Parley", placeHolder: headline ?? "" });
  if (choice !== undefined) await run(choice.command);
}
