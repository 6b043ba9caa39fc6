/** The commands that move a chat: to the editor or the side bar, and from the side bar's chat back to the list. */
import * as vscode from "vscode";
import type { Parley } from "../parley.ts";
import { chatsThat, pickChat } from "../people/pick-chat.ts";
import { about } from "../people/talk.ts";
import type { ChatPlace } from "./chat-panels.ts";

/** Moves the chat in question, else the active one, else the one that the user chooses. */
export function moveChat(parley: Parley, argument: unknown, place: ChatPlace): Promise<void> {
  return about(
    parley,
    argument,
    async (messenger) =>
      parley.panels.activeChat ??
      pickChat(
        messenger,
        chatsThat(messenger, () => true),
        { title: titleOf(place), placeholder: vscode.l10n.t("Choose a chat") },
      ),
    (_messenger, { id }) => parley.panels.move(id, place),
  );
}

export async function backToChats({ panels, errors }: Parley): Promise<void> {
  await panels.backToList().catch((error: unknown) => errors.report(error));
}

function titleOf(place: ChatPlace): string {
  switch (place) {
    case "editor":
      return vscode.l10n.t("Move a chat to the editor");
    case "sideBar":
      return vscode.l10n.t("Move a chat to the side bar");
  }
}
