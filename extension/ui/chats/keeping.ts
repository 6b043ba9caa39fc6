/** The commands about retention: on this computer, and the timer that both people share. */
import * as vscode from "vscode";
import { durationText } from "../../../messenger/kinds/duration-text.ts";
import type { Keep } from "../../../messenger/messenger.ts";
import { borrowingFocus } from "../borrowed-focus.ts";
import { inform } from "../editor.ts";
import type { Parley } from "../parley.ts";
import { about } from "../people/talk.ts";
import { ask } from "../question.ts";
import { pickHistory } from "./go-to.ts";

const HOUR = 60 * 60;
const DAY = 24 * HOUR;
const TIMERS = [0, 5 * 60, HOUR, 8 * HOUR, DAY, 7 * DAY, 28 * DAY] as const;

interface Choice<Value> extends vscode.QuickPickItem {
  readonly value: Value;
}

export function keepMessages(parley: Parley, argument: unknown): Promise<void> {
  const text = {
    title: vscode.l10n.t("Set message retention"),
    placeholder: vscode.l10n.t("Choose a chat"),
  };
  return about(parley, argument, pickHistory(parley, text), async (messenger, { id: chat, title, keep }) => {
    const choice = await borrowingFocus(() =>
      vscode.window.showQuickPick(keepChoices(keep), {
        title: vscode.l10n.t("Keep the messages with {0} on this computer for", title),
        placeHolder: vscode.l10n.t("This affects only your copy"),
      }),
    );
    if (choice === undefined || choice.value === keep) return;
    if (choice.value === "forever" || (await confirmed(title, choice.label)))
      await messenger.calls.setKeep({ chat, keep: choice.value });
  });
}

export function setTimer(parley: Parley, argument: unknown): Promise<void> {
  const text = {
    title: vscode.l10n.t("Set disappearing messages"),
    placeholder: vscode.l10n.t("Choose a chat"),
  };
  return about(
    parley,
    argument,
    pickHistory(parley, text),
    async (messenger, { id: chat, title, phase, timerSeconds }) => {
      if (phase !== "open") {
        inform(vscode.l10n.t("You set disappearing messages in an open chat. Ask {0} to talk first.", title));
        return;
      }
      const seconds = await askTimer(timerSeconds, title);
      if (seconds !== undefined) await messenger.calls.setTimer({ chat, seconds, shown: timerSeconds });
    },
  );
}

function keepChoices(now: Keep): readonly Choice<Keep>[] {
  const choice = (value: Keep, label: string, detail?: string): Choice<Keep> => ({
    value,
    label,
    ...(detail !== undefined && { detail }),
    ...(value === now && { description: vscode.l10n.t("current") }),
  });
  return [
    choice("forever", vscode.l10n.t("Forever")),
    choice("90d", vscode.l10n.t("90 days")),
    choice("7d", vscode.l10n.t("7 days")),
    choice("1d", vscode.l10n.t("1 day")),
    choice(
      "off",
      vscode.l10n.t("Nothing"),
      vscode.l10n.t(
        "Read messages are deleted when you close the chat's tab or go back to the list, and whenever Parley starts",
      ),
    ),
  ];
}

async function confirmed(chat: string, label: string): Promise<boolean> {
  const set = vscode.l10n.t("Set and Delete");
  const answer = await ask({
    text: vscode.l10n.t("Keep messages with {0}: {1}?", chat, label),
    detail: vscode.l10n.t(
      "What is older, or read, is overwritten now and can't be brought back. Messages that are still waiting to be sent stay until they're sent.",
    ),
    safe: vscode.l10n.t("Leave as Is"),
    choices: [set],
  });
  return answer === set;
}

/** Asks for a timer. @param timerSeconds the present timer, in seconds @returns the new one; undefined if the user cancelled */
async function askTimer(timerSeconds: number, chat: string): Promise<number | undefined> {
  const choices = TIMERS.map(
    (value): Choice<number> => ({
      value,
      label: value === 0 ? vscode.l10n.t("Off") : durationText(value, vscode.l10n.t),
      ...(value === timerSeconds && { description: vscode.l10n.t("current") }),
    }),
  );
  const choice = await borrowingFocus(() =>
    vscode.window.showQuickPick(choices, {
      title: vscode.l10n.t("New messages with {0} disappear after", chat),
      placeHolder: vscode.l10n.t(
        "Applies to both of you, from when a message arrives. {0} sees the change",
        chat,
      ),
    }),
  );
  return choice?.value;
}
