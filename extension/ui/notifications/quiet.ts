/** The commands for "do not disturb" and for muting chats. New messages still count in the badge. */
import * as vscode from "vscode";
import type { Muted } from "../../../messenger/model.ts";
import type { SharedMessenger } from "../../../messenger/sharing/shared-messenger.ts";
import { borrowingFocus } from "../borrowed-focus.ts";
import type { Parley } from "../parley.ts";
import { chatsThat, pickChat } from "../people/pick-chat.ts";
import { about } from "../people/talk.ts";
import { type QuietSpan, quietEnd } from "./quiet-model.ts";

export async function doNotDisturb({ host, errors }: Parley): Promise<void> {
  try {
    const messenger = await host.open();
    const item = (label: string, span: QuietSpan | "off") => ({ label, span });
    const on = (await messenger.calls.quietUntil()) !== null;
    const choice = await borrowingFocus(() =>
      vscode.window.showQuickPick(
        [
          ...(on ? [item(vscode.l10n.t("Notify Me Again"), "off")] : []),
          item(vscode.l10n.t("For 30 Minutes"), "half-hour"),
          item(vscode.l10n.t("For 2 Hours"), "two-hours"),
          item(vscode.l10n.t("Until Tomorrow"), "tomorrow"),
          item(vscode.l10n.t("Until I Turn It Off"), "always"),
        ],
        {
          title: vscode.l10n.t("Do not disturb"),
          placeHolder: vscode.l10n.t("No notifications from Parley. The number on its icon still shows"),
        },
      ),
    );
    if (choice === undefined) return;
    await messenger.calls.setQuiet({
      until: choice.span === "off" ? null : quietEnd(choice.span, new Date()),
    });
  } catch (error) {
    await errors.report(error);
  }
}

export async function appearOffline({ host, errors }: Parley): Promise<void> {
  try {
    const messenger = await host.open();
    const item = (label: string, detail: string, invisible: boolean) => ({ label, detail, invisible });
    const seen = item(vscode.l10n.t("Appear Online"), vscode.l10n.t("Others see when you're online"), false);
    const unseen = item(
      vscode.l10n.t("Appear Offline"),
      vscode.l10n.t(
        "You can still chat. People with an open chat can tell from the check marks that you're there",
      ),
      true,
    );
    const items = (await messenger.calls.invisible()) ? [seen, unseen] : [unseen, seen];
    const choice = await borrowingFocus(() =>
      vscode.window.showQuickPick(items, { title: vscode.l10n.t("Your status") }),
    );
    if (choice !== undefined) await messenger.calls.setInvisible({ invisible: choice.invisible });
  } catch (error) {
    await errors.report(error);
  }
}

export function mute(parley: Parley, argument: unknown): Promise<void> {
  const title = vscode.l10n.t("Mute a chat");
  const one = async (messenger: SharedMessenger) =>
    parley.panels.activeChat ??
    pickChat(
      messenger,
      chatsThat(messenger, () => true),
      { title, placeholder: vscode.l10n.t("Choose a chat") },
    );
  return about(parley, argument, one, async (messenger, { id: chat, title, muted }) => {
    const item = (label: string, how: Muted) => ({
      label,
      how,
      ...(how === muted ? { description: vscode.l10n.t("current") } : {}),
    });
    const choice = await borrowingFocus(() =>
      vscode.window.showQuickPick(
        [
          item(vscode.l10n.t("Not Muted"), "no"),
          item(vscode.l10n.t("No Notifications"), "toasts"),
          item(vscode.l10n.t("No Notifications, and Not in the Badge"), "all"),
        ],
        { title: vscode.l10n.t("Mute the chat with {0}", title) },
      ),
    );
    if (choice !== undefined) await messenger.calls.setMuted({ chat, muted: choice.how });
  });
}
