/** A person's row of people-model.ts as the editor draws it, in the Parley view and in the list of chats. */
import * as vscode from "vscode";
import type { PersonRow } from "./people-model.ts";

/** @param command runs when somebody chooses the row */
export function personItem(row: PersonRow, command: vscode.Command): vscode.TreeItem {
  const item = new vscode.TreeItem(row.label);
  item.id = row.id;
  item.description = row.description;
  item.tooltip = row.tooltip;
  item.iconPath =
    row.icon.color === undefined
      ? new vscode.ThemeIcon(row.icon.id)
      : new vscode.ThemeIcon(row.icon.id, new vscode.ThemeColor(row.icon.color));
  item.contextValue = row.flags.join(" ");
  item.accessibilityInformation = { label: row.spoken };
  item.command = command;
  return item;
}
