/** Quick picks for chats and people. */
import * as vscode from "vscode";
import { directChat, partnerOf } from "../../../messenger/chats/direct.ts";
import type { Chat } from "../../../messenger/messenger.ts";
import type { ChatId } from "../../../messenger/model.ts";
import type { SharedMessenger } from "../../../messenger/sharing/shared-messenger.ts";
import { parseChat } from "../chats/parse-chat.ts";
import { peopleModel } from "./people-model.ts";

interface ChatItem extends vscode.QuickPickItem {
  readonly chat: ChatId;
}

export interface PickText {
  readonly title: string;
  readonly placeholder: string;
}

/** @returns the chosen chat, or undefined if the user cancelled */
export async function pickChat(
  messenger: SharedMessenger,
  chats: readonly ChatId[],
  { title, placeholder }: PickText,
): Promise<ChatId | undefined> {
  const items = chatItems(messenger, chats);
  return (await vscode.window.showQuickPick(items, { title, placeHolder: placeholder }))?.chat;
}

/** Like pickChat, but also accepts a typed name that is not in the list, since only the server knows whether it exists. */
export function pickOrTypePerson(
  messenger: SharedMessenger,
  chats: readonly ChatId[],
  { title, placeholder }: PickText,
): Promise<ChatId | undefined> {
  const pick = vscode.window.createQuickPick<ChatItem>();
  const known = chatItems(messenger, chats);
  pick.title = title;
  pick.placeholder = placeholder;
  pick.items = known;
  return new Promise((resolve) => {
    pick.onDidChangeValue(async (value) => {
      const chat = await parseChat(value.trim().toLowerCase());
      if (pick.value !== value) return;
      const description = vscode.l10n.t("not seen online");
      const stranger =
        chat === undefined || chats.includes(chat) ? [] : [{ label: partnerOf(chat), description, chat }];
      pick.items = [...known, ...stranger];
    });
    pick.onDidAccept(() => {
      resolve(pick.selectedItems[0]?.chat);
      pick.hide();
    });
    pick.onDidHide(() => {
      resolve(undefined);
      pick.dispose();
    });
    pick.show();
  });
}

/** @returns the chats for which `wanted` is true */
export function chatsThat(messenger: SharedMessenger, wanted: (chat: Chat) => boolean): readonly ChatId[] {
  return messenger
    .chats()
    .filter(wanted)
    .map((chat) => chat.id);
}

function chatItems(messenger: SharedMessenger, chats: readonly ChatId[]): readonly ChatItem[] {
  const rows = peopleModel({ people: messenger.people(), chats: messenger.chats() }, vscode.l10n.t).flatMap(
    (section) => section.rows,
  );
  return chats.map((chat) => {
    const row = rows.find((candidate) => candidate.chat === chat);
    return {
      label: messenger.chat(chat).title,
      chat,
      ...(row === undefined
        ? {}
        : { description: row.description, iconPath: new vscode.ThemeIcon(row.icon.id) }),
    };
  });
}

/** @returns the people whom the user can ask to talk now */
export function askable(messenger: SharedMessenger): readonly ChatId[] {
  return messenger
    .people()
    .filter(({ online }) => online)
    .map(({ name }) => directChat(name))
    .filter((chat) => isFree(messenger.chat(chat)));
}

export function isFree({ phase }: Chat): boolean {
  return phase === "none" || phase === "closed-by-me" || phase === "closed-by-peer";
}
