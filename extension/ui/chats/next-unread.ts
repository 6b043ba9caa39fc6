/** The command that opens the next unread chat. */
import * as vscode from "vscode";
import { inform } from "../editor.ts";
import type { Parley } from "../parley.ts";
import { nextUnreadOf } from "./unread-order.ts";

export async function nextUnread({ host, panels, errors }: Parley): Promise<void> {
  try {
    const messenger = await host.open();
    const next = nextUnreadOf(messenger.chats(), panels.activeChat);
    if (next === undefined) inform(vscode.l10n.t("You've read everything."));
    else await panels.show(next);
  } catch (error) {
    await errors.report(error);
  }
}
