/** The commands that go to a place in a chat: a date, the first unread message. */
import * as vscode from "vscode";
import type { ChatId } from "../../../messenger/model.ts";
import type { SharedMessenger } from "../../../messenger/sharing/shared-messenger.ts";
import { borrowingFocus } from "../borrowed-focus.ts";
import { inform } from "../editor.ts";
import type { Parley } from "../parley.ts";
import { chatsThat, type PickText, pickChat } from "../people/pick-chat.ts";
import { about } from "../people/talk.ts";
import { dayText, parseDay } from "./day-text.ts";

export function goToDate(parley: Parley, argument: unknown): Promise<void> {
  const text = { title: vscode.l10n.t("Go to a date"), placeholder: vscode.l10n.t("Choose a chat") };
  return about(parley, argument, pickHistory(parley, text), async (messenger, { id: chat, title }) => {
    const day = await askDay(title);
    if (day === undefined) return;
    const position = await messenger.calls.positionOf({ chat, target: { at: day } });
    if (position === undefined)
      inform(
        vscode.l10n.t(
          "There are no messages with {0} since {1}. This is the end of the chat.",
          title,
          dayText(day),
        ),
      );
    await parley.panels.show(chat, position);
  });
}

export function goToFirstUnread(parley: Parley, argument: unknown): Promise<void> {
  const text = {
    title: vscode.l10n.t("Go to the first unread message"),
    placeholder: vscode.l10n.t("Choose a chat"),
  };
  return about(
    parley,
    argument,
    pickHistory(parley, text),
    async (messenger, { id: chat, title, firstUnread }) => {
      const position =
        firstUnread && (await messenger.calls.positionOf({ chat, target: { id: firstUnread } }));
      if (position === undefined)
        inform(vscode.l10n.t("You've read everything in the chat with {0}.", title));
      await parley.panels.show(chat, position);
    },
  );
}

/** Picks a chat with messages: the active one, else the only one, else the user's choice. */
export function pickHistory(
  parley: Parley,
  text: PickText,
): (messenger: SharedMessenger) => Promise<ChatId | undefined> {
  return async (messenger) => {
    const chats = chatsThat(messenger, (chat) => chat.lastActivity > 0);
    const { activeChat } = parley.panels;
    if (activeChat !== undefined && chats.includes(activeChat)) return activeChat;
    return pickChat(messenger, chats, text);
  };
}

async function askDay(chat: string): Promise<number | undefined> {
  const read = (typed: string) => parseDay(typed, Date.now(), vscode.l10n.t);
  const typed = await borrowingFocus(() =>
    vscode.window.showInputBox({
      title: vscode.l10n.t("Go to a date in the chat with {0}", chat),
      prompt: vscode.l10n.t("A day like {0}, or: today, yesterday", dayText(Date.now())),
      validateInput: (text) =>
        text.trim() === "" || read(text) !== undefined
          ? undefined
          : vscode.l10n.t("Write the day as year-month-day, like {0}", dayText(Date.now())),
    }),
  );
  return typed === undefined ? undefined : read(typed);
}
