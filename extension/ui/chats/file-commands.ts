/** The commands that attach files to a chat's draft: from a dialog, and from the editor's explorer. */
import * as vscode from "vscode";
import type { ChatId } from "../../../messenger/model.ts";
import type { SharedMessenger } from "../../../messenger/sharing/shared-messenger.ts";
import { inform } from "../editor.ts";
import type { Parley } from "../parley.ts";
import { chatsThat, pickChat } from "../people/pick-chat.ts";
import { about } from "../people/talk.ts";
import { chooseFiles } from "./files/choose-files.ts";

export function sendFile(parley: Parley, argument: unknown): Promise<void> {
  return attachTo(parley, argument, chooseFiles);
}

/** @param uri the file of the menu. @param uris all that are selected */
export function sendInChat(parley: Parley, uri: unknown, uris: unknown): Promise<void> {
  const selected = (Array.isArray(uris) ? uris : [uri]).filter((one) => one instanceof vscode.Uri);
  return attachTo(parley, undefined, async () => selected);
}

function attachTo(
  parley: Parley,
  argument: unknown,
  files: () => Promise<readonly vscode.Uri[] | undefined>,
): Promise<void> {
  return about(parley, argument, pickOpenChat(parley), async (_messenger, { id: chat, title, phase }) => {
    if (phase !== "open") {
      inform(vscode.l10n.t("You send files in an open chat. Ask {0} to talk first.", title));
      return;
    }
    const uris = await files();
    if (uris !== undefined && uris.length > 0) await parley.panels.attach(chat, uris);
  });
}

/** Picks an open chat: the one in front, else the user's choice. */
function pickOpenChat({ panels }: Parley): (messenger: SharedMessenger) => Promise<ChatId | undefined> {
  return async (messenger) => {
    const chats = chatsThat(messenger, ({ phase }) => phase === "open");
    const { activeChat } = panels;
    if (activeChat !== undefined && chats.includes(activeChat)) return activeChat;
    if (chats.length === 0) {
      inform(vscode.l10n.t("You send files in an open chat. Ask someone to talk first."));
      return undefined;
    }
    const text = {
      title: vscode.l10n.t("Send a file"),
      placeholder: vscode.l10n.t("Choose a chat. The file is shown there before it's sent"),
    };
    return pickChat(messenger, chats, text);
  };
}
