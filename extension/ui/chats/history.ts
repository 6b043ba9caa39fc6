/** The commands about a chat's history: export it, delete it. */
import { homedir } from "node:os";
import { join } from "node:path";
import * as vscode from "vscode";
import type { SharedMessenger } from "../../../messenger/sharing/shared-messenger.ts";
import type { Username } from "../../../protocol/names.ts";
import { numberText } from "../../contract/times.ts";
import { Command } from "../../ids.ts";
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
  return about(parley, argument, pickHistory(parley, text), async (messenger, peer) => {
    const uri = await askFile(peer);
    if (uri === undefined || !isOnDisk(uri, side(parley.context))) return;
    const count = await write(messenger, peer, uri.fsPath).catch((error: unknown) => {
      if (errorCode(error) === "cancelled") return undefined;
      throw error;
    });
    if (count === undefined) return;
    const open = vscode.l10n.t("Open File");
    const answer = await vscode.window.showInformationMessage(
      vscode.l10n.t(
        "{0} messages with {1} were exported. The file isn't encrypted.",
        numberText(count),
        peer,
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
  return about(parley, argument, pickHistory(parley, text), async (messenger, peer) => {
    const remove = vscode.l10n.t("Delete Messages");
    const [newest] = await messenger.calls.messages({ peer, stretch: { limit: 1 } });
    const first = vscode.l10n.t("Export First…");
    const answer = await ask({
      text: vscode.l10n.t("Delete all messages with {0} from this computer?", peer),
      detail: vscode.l10n.t(
        "They're overwritten and can't be brought back. {0} keeps their copy. Messages that are still waiting to be sent stay until they're sent. The chat itself goes on, and disappearing messages are off until someone sets a timer again.",
        peer,
      ),
      safe: first,
      choices: [remove],
    });
    if (answer === first) await run(Command.exportChat, peer);
    if (answer === remove) await messenger.calls.deleteHistory({ peer, upTo: newest?.position ?? 0 });
  });
}

function askFile(peer: Username): Thenable<vscode.Uri | undefined> {
  return vscode.window.showSaveDialog({
    title: vscode.l10n.t("Export the chat with {0}: the file isn't encrypted", peer),
    saveLabel: vscode.l10n.t("Export"),
    defaultUri: vscode.Uri.file(join(homedir(), exportFileName(peer, dayText(Date.now())))),
    filters: { Markdown: ["md"], JSON: ["json"] },
  });
}

/** @returns how many messages were written. @throws UsageError "cancelled" */
async function write(messenger: SharedMessenger, peer: Username, path: string): Promise<number> {
  const { exportChat: writeFile, jsonFormat, markdownFormat } = await import("../../engine.ts");
  const me = messenger.account?.name ?? peer;
  const format = path.toLowerCase().endsWith(".json") ? jsonFormat : markdownFormat;
  const location = vscode.ProgressLocation.Notification;
  const title = vscode.l10n.t("Exporting the chat with {0}", peer);
  return vscode.window.withProgress({ location, title, cancellable: true }, (progress, token) => {
    const cancelled = new AbortController();
    token.onCancellationRequested(() => cancelled.abort());
    let shown = 0;
    return writeFile({
      path,
      format: format({
        me,
        peer,
        exportedAt: Date.now(),
        t: vscode.l10n.t,
      }),
      read: (stretch) => messenger.calls.messages({ peer, stretch }),
      onProgress: (done) => {
        progress.report({ increment: (done - shown) * 100 });
        shown = done;
      },
      signal: cancelled.signal,
    });
  });
}
