/** The services that every flow of the user interface works with: made once in main.ts. */
import type * as vscode from "vscode";
import type { ChatPanels } from "./chats/chat-panels.ts";
import type { TitleOf } from "./command-titles.ts";
import type { ErrorReporter } from "./error-reporter.ts";
import type { MessengerHost } from "./messenger-host.ts";

export interface Parley {
  readonly context: vscode.ExtensionContext;
  readonly log: vscode.LogOutputChannel;
  readonly host: MessengerHost;
  readonly panels: ChatPanels;
  readonly errors: ErrorReporter;
  readonly titleOf: TitleOf;
}
