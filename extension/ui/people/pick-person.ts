/** Quick picks of people. */
import * as vscode from "vscode";
import type { Chat } from "../../../messenger/messenger.ts";
import type { SharedMessenger } from "../../../messenger/sharing/shared-messenger.ts";
import type { Username } from "../../../protocol/names.ts";
import { parsePeer } from "./peer.ts";
import { peopleModel } from "./people-model.ts";

interface PersonItem extends vscode.QuickPickItem {
  readonly peer: Username;
}

export interface PickText {
  readonly title: string;
  readonly placeholder: string;
}

/** @returns the chosen one of `peers`, or undefined where the user cancelled */
export async function pickPerson(
  messenger: SharedMessenger,
  peers: readonly Username[],
  { title, placeholder }: PickText,
): Promise<Username | undefined> {
  const items = personItems(messenger, peers);
  return (await vscode.window.showQuickPick(items, { title, placeHolder: placeholder }))?.peer;
}

/** As pickPerson, and the user may type a name that is not in the list: only the server knows whether it exists. */
export function pickOrTypePerson(
  messenger: SharedMessenger,
  peers: readonly Username[],
  { title, placeholder }: PickText,
): Promise<Username | undefined> {
  const pick = vscode.window.createQuickPick<PersonItem>();
  const known = personItems(messenger, peers);
  pick.title = title;
  pick.placeholder = placeholder;
  pick.items = known;
  return new Promise((resolve) => {
    pick.onDidChangeValue(async (value) => {
      const typed = await parsePeer(value.trim().toLowerCase());
      if (pick.value !== value) return;
      const description = vscode.l10n.t("not seen online");
      const stranger =
        typed === undefined || peers.includes(typed) ? [] : [{ label: typed, description, peer: typed }];
      pick.items = [...known, ...stranger];
    });
    pick.onDidAccept(() => {
      resolve(pick.selectedItems[0]?.peer);
      pick.hide();
    });
    pick.onDidHide(() => {
      resolve(undefined);
      pick.dispose();
    });
    pick.show();
  });
}

/** @returns the peers whose chat is as `wanted` */
export function chatPeers(messenger: SharedMessenger, wanted: (chat: Chat) => boolean): readonly Username[] {
  return messenger
    .chats()
    .filter(wanted)
    .map((chat) => chat.peer);
}

function personItems(messenger: SharedMessenger, peers: readonly Username[]): readonly PersonItem[] {
  const rows = peopleModel({ people: messenger.people(), chats: messenger.chats() }, vscode.l10n.t).flatMap(
    (section) => section.rows,
  );
  return peers.map((peer) => {
    const row = rows.find((candidate) => candidate.peer === peer);
    return {
      label: peer,
      peer,
      ...(row === undefined
        ? {}
        : { description: row.description, iconPath: new vscode.ThemeIcon(row.icon.id) }),
    };
  });
}

/** @returns the people whom one can ask to talk now */
export function askable(messenger: SharedMessenger): readonly Username[] {
  return messenger
    .people()
    .filter((person) => person.online && isFree(messenger.chat(person.name)))
    .map((person) => person.name);
}

export function isFree({ phase }: Chat): boolean {
  return phase === "none" || phase === "closed-by-me" || phase === "closed-by-peer";
}
