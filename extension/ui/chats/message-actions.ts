/** The commands of a message's context menu. */
import * as vscode from "vscode";
import { partnerOf } from "../../../messenger/chats/direct.ts";
import type { ChatMessage } from "../../../messenger/model.ts";
import type { SharedMessenger } from "../../../messenger/sharing/shared-messenger.ts";
import type { MessageId } from "../../../protocol/names.ts";
import { messageIdIn } from "../../contract/message-menu.ts";
import { inform } from "../editor.ts";
import type { Parley } from "../parley.ts";
import { accountOf } from "../people/talk.ts";
import { messageDetailsText, messageMarkdown, messagePlainText } from "./message-text.ts";

type Act = (message: ChatMessage, messenger: SharedMessenger) => Promise<void>;

export function copyMessageText(parley: Parley, argument: unknown): Promise<void> {
  return withMessage(parley, argument, async (message) =>
    vscode.env.clipboard.writeText(await messagePlainText(message, vscode.l10n.t)),
  );
}

export function copyMessageMarkdown(parley: Parley, argument: unknown): Promise<void> {
  return withMessage(parley, argument, async (message) =>
    vscode.env.clipboard.writeText(messageMarkdown(message, vscode.l10n.t)),
  );
}

export function messageDetails(parley: Parley, argument: unknown): Promise<void> {
  return withMessage(parley, argument, async (message, { account }) =>
    inform(messageDetailsText(message, account?.name, vscode.l10n.t)),
  );
}

export function retryMessage(parley: Parley, argument: unknown): Promise<void> {
  return withMessage(parley, argument, ({ chat, id }, messenger) => messenger.calls.retry({ chat, id }));
}

/** Runs the action on the message in the active panel. Does nothing if there is no such message. */
async function withMessage({ host, panels, errors }: Parley, argument: unknown, act: Act): Promise<void> {
  const id = messageIdIn(argument) as MessageId | undefined;
  const chat = panels.activeChat;
  if (id === undefined || chat === undefined) return;
  try {
    const messenger = await host.open();
    const position = await messenger.calls.positionOf({ chat, target: { id } });
    if (position === undefined) return;
    const [message] = await messenger.calls.messages({ chat, stretch: { limit: 1, after: position - 1 } });
    if (message?.id === id) await act(message, messenger);
  } catch (error) {
    await errors.report(error, { peer: partnerOf(chat), ...accountOf(host.messenger) });
  }
}
