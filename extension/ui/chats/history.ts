/** The commands about a chat's history: export it, delete it. */
import { homedir } from "node:os";
import { join } from "node:path";
import * as vscode from "vscode";
import type { Chat } from "../../../messenger/messenger.ts";
import type { SharedMessenger } from "../../../messenger/sharing/shared-messenger.ts";
import { numberText } from "../../../messenger/text/times.ts";
import { Command } from "../../ids.ts";
import { borrowingFocus } from "../borrowed-focus.ts";
import { run, side } from "../editor.ts";
import { errorCode } from "../error-text.ts";
import type { Parley } from "../parley.ts";
import { about } from "../people/talk.ts";
import { ask } from "../question.ts";
import { dayText } from "./day-text.ts";
import { exportFileName } from "./file-names.ts";
import { pickHistory } from "./go-to.ts";
import { isOnDisk } from "./on-disk.ts";

export function exportChat(parley: Parley, argument: unknown): Promise<void> {
  const text = { title: vscode.l10n.t("Export a chat"), placeholder: vscode.l10n.t("Choose a chat") };
  return about(parley, argument, pickHistory(parley, text), async (messenger, chat) => {
    const uri = await askFile(chat);
    if (uri === undefined || !isOnDisk(uri, side(parley.context))) return;
    const count = await write(messenger, chat, uri.fsPath).catch((error: unknown) => {
      if (errorCode(error) === "cancelled") return undefined;
      throw error;
    });
    if (count === undefined) return;
    const open = vscode.l10n.t("Open File");
    const answer = await vscode.window.showInformationMessage(
      vscode.l10n.t(
        "{0} messages with {1} were exported. The file isn't encrypted.",
        numberText(count),
        chat.title,
      ),
      open,
    );
    if (answer === open) await vscode.commands.executeCommand("vscode.open", uri);
  });
}

export function deleteHistory(parley: Parley, argument: unknown): Promise<void> {
  const text = {
    title: vscode.l10n.t("Delete chat history"),
    placeholder: vscode.l10n.t("Choose a chat"),
  };
  return about(parley, argument, pickHistory(parley, text), async (messenger, { id: chat, title }) => {
    const remove = vscode.l10n.t("Delete Messages");
    const [newest] = await messenger.calls.messages({ chat, stretch: { limit: 1 } });
    const first = vscode.l10n.t("Export First…");
    const answer = await ask({
      text: vscode.l10n.t("Delete all messages with {0} from this computer?", title),
      detail: vscode.l10n.t(
        "They're overwritten and can't be brought back. {0} keeps their copy. Messages that are still waiting to be sent stay until they're sent. The chat itself goes on, and disappearing messages are off until someone sets a timer again.",
        title,
      ),
      safe: first,
      choices: [remove],
    });
    if (answer === first) await run(Command.exportChat, chat);
    if (answer === remove) await messenger.calls.deleteHistory({ chat, upTo: newest?.position ?? 0 });
  });
}

function askFile({ title }: Chat): Thenable<vscode.Uri | undefined> {
  return borrowingFocus(() =>
    vscode.window.showSaveDialog({
      title: vscode.l10n.t("Export the chat with {0}: the file isn't encrypted", title),
      saveLabel: vscode.l10n.t("Export"),
      defaultUri: vscode.Uri.file(join(homedir(), exportFileName(title, dayText(Date.now())))),
      filters: { Markdown: ["md"], JSON: ["json"] },
    }),
  );
}

/** @returns the number of messages written. @throws UsageError "cancelled" */
async function write(messenger: SharedMessenger, chat: Chat, path: string): Promise<number> {
  const { exportChat: writeFile, jsonFormat, markdownFormat, UsageError } = await import("../../engine.ts");
  const me = messenger.account?.name;
  if (me === undefined) throw new UsageError("wrong-state", "There is no account");
  const format = path.toLowerCase().endsWith(".json") ? jsonFormat : markdownFormat;
  const location = vscode.ProgressLocation.Notification;
  const title = vscode.l10n.t("Exporting the chat with {0}", chat.title);
  return vscode.window.withProgress({ location, title, cancellable: true }, (progress, token) => {
    const cancelled = new AbortController();
    token.onCancellationRequested(() => cancelled.abort());
    let shown = 0;
    return writeFile({
      path,
      format: format({
        me,
        members: chat.members.map(({ name }) => name),
        exportedAt: Date.now(),
        t: vscode.l10n.t,
      }),
      read: (stretch) => messenger.calls.messages({ chat: chat.id, stretch }),
      find: (ids) => messenger.calls.messagesById({ chat: chat.id, ids }),
      onProgress: (done) => {
        progress.report({ increment: (done - shown) * 100 });
        shown = done;
      },
      signal: cancelled.signal,
    });
  });
}
