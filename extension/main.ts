/** The extension's entry point. It must stay small: cryptography and storage are loaded when they are first needed. */
import * as vscode from "vscode";
import { useLanguage } from "../messenger/text/times.ts";
import { parleyExtension } from "./api/api.ts";
import type { ParleyExtension } from "./api/parley.d.ts";
import { TASK_TYPE } from "./ids.ts";
import { InviteUri } from "./ui/account/invite-uri.ts";
import { watchLock } from "./ui/account/lock.ts";
import { provisioned } from "./ui/account/provisioned.ts";
import { provision } from "./ui/account/provisioning.ts";
import { borrowFocusFrom } from "./ui/borrowed-focus.ts";
import { ChatPanels } from "./ui/chats/chat-panels.ts";
import { commandTitles, manifestTexts, type TitleOf } from "./ui/command-titles.ts";
import { registerCommands } from "./ui/commands.ts";
import { setting } from "./ui/editor.ts";
import { ErrorReporter } from "./ui/error-reporter.ts";
import { MessengerHost } from "./ui/messenger-host.ts";
import { Notifications } from "./ui/notifications/notifications.ts";
import type { Parley } from "./ui/parley.ts";
import { LastLines } from "./ui/people/last-lines.ts";
import { PeopleTree } from "./ui/people/people-tree.ts";
import { ServerTaskProvider } from "./ui/server/server-task.ts";
import { StatusBar } from "./ui/status/status-bar.ts";
import { offerWalkthrough, watchSteps } from "./ui/walkthrough.ts";

let open: MessengerHost | undefined;

export function activate(context: vscode.ExtensionContext): ParleyExtension {
  const log = vscode.window.createOutputChannel("Parley", { log: true });
  context.subscriptions.push(log);
  try {
    return start(context, log);
  } catch (error) {
    // VS Code reports a failed activation only in its own log.
    log.error(error instanceof Error ? error : String(error));
    void vscode.window.showErrorMessage(
      vscode.l10n.t("Parley couldn't start. See its log (Output: Parley) for details."),
    );
    throw error;
  }
}

/** Sends QUIT to the server and closes the store. VS Code waits for it, but only for a few seconds. */
export async function deactivate(): Promise<void> {
  await open?.close();
  open = undefined;
}

function start(context: vscode.ExtensionContext, log: vscode.LogOutputChannel): ParleyExtension {
  useLanguage(vscode.env.language);
  const host = new MessengerHost(context, log);
  const titles = commandTitles(context.extension.packageJSON, () =>
    manifestTexts(context.extensionPath, vscode.env.language),
  );
  const titleOf: TitleOf = (command) => titles.get(command) ?? { title: command, icon: "comment-discussion" };
  const errors = new ErrorReporter(log, titleOf);
  const panels = new ChatPanels(host, errors, titleOf, context);
  borrowFocusFrom((soon) => panels.lendFocus(soon));
  const lastLines = new LastLines(host);
  const people = new PeopleTree(host, lastLines);
  const parley: Parley = { context, log, host, panels, people, errors, titleOf };
  const tasks = new ServerTaskProvider(context);
  const extension = parleyExtension(host);
  context.subscriptions.push(
    host,
    panels,
    extension,
    lastLines,
    people,
    panels.onDidCloseActive(() => void people.focus()),
    new StatusBar(host),
    new Notifications(host, panels, people),
    watchLock(parley),
    watchSteps(parley),
    tasks,
    ...registerCommands(parley, tasks),
    vscode.tasks.registerTaskProvider(TASK_TYPE, tasks),
    vscode.window.registerUriHandler(new InviteUri(parley)),
  );
  open = host;
  tasks.resume().catch((error: unknown) => errors.log(error));

  const wanted = provisioned(process.env);
  if (wanted !== undefined) void provision(parley, wanted);
  else if (!host.expectsAccount) offerWalkthrough(parley).catch((error: unknown) => errors.log(error));
  else if (setting("parley.autoConnect")) void host.whenOpen();
  return Object.freeze({ getApi: extension.getApi });
}
