/** The commands of a message's context menu. */
import * as vscode from "vscode";
import { isMine } from "../../../messenger/chats/author.ts";
import { partnerOf } from "../../../messenger/chats/direct.ts";
import type { ChatMessage } from "../../../messenger/model.ts";
import type { SharedMessenger } from "../../../messenger/sharing/shared-messenger.ts";
import type { MessageId } from "../../../protocol/names.ts";
import { messageIdIn } from "../../contract/message-menu.ts";
import { type At, whyNotEdit, whyNotText } from "../../contract/possible-changes.ts";
import { inform } from "../editor.ts";
import type { Parley } from "../parley.ts";
import { accountOf } from "../people/talk.ts";
import type { BegunAction } from "./chat-panel.ts";
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

export function replyToMessage(parley: Parley, argument: unknown): Promise<void> {
  return beginOn(parley, argument, "reply");
}

export function reactToMessage(parley: Parley, argument: unknown): Promise<void> {
  return beginOn(parley, argument, "react");
}

export function editMessage(parley: Parley, argument: unknown): Promise<void> {
  return withMessage(parley, argument, async (message, messenger) => {
    const whyNot = whyNotEdit(ofSelf(message, messenger), stateOf(message, messenger));
    if (whyNot === undefined) parley.panels.active?.begin("edit", message.id);
    else inform(whyNotText(whyNot, messenger.chat(message.chat).title, vscode.l10n.t));
  });
}

export function earlierVersions(parley: Parley, argument: unknown): Promise<void> {
  return withMessage(parley, argument, async ({ id }) => parley.panels.active?.act("versions", id));
}

export function deleteMessage(parley: Parley, argument: unknown): Promise<void> {
  return withMessage(parley, argument, async ({ id }) => parley.panels.active?.act("delete", id));
}

function beginOn(parley: Parley, argument: unknown, action: BegunAction): Promise<void> {
  return withMessage(parley, argument, async ({ id }) => parley.panels.active?.begin(action, id));
}

function ofSelf(
  message: ChatMessage,
  { account }: SharedMessenger,
): ChatMessage & { readonly mine: boolean } {
  return { ...message, mine: isMine(message, account?.name) };
}

function stateOf({ chat }: ChatMessage, messenger: SharedMessenger): At {
  return { open: messenger.chat(chat).phase === "open", now: Date.now() };
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
