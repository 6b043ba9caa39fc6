/** The services that the commands use. main.ts creates them once. */
import type * as vscode from "vscode";
import type { ChatPanels } from "./chats/chat-panels.ts";
import type { TitleOf } from "./command-titles.ts";
import type { ErrorReporter } from "./error-reporter.ts";
import type { MessengerHost } from "./messenger-host.ts";
import type { PeopleTree } from "./people/people-tree.ts";

export interface Parley {
  readonly context: vscode.ExtensionContext;
  readonly log: vscode.LogOutputChannel;
  readonly host: MessengerHost;
  readonly panels: ChatPanels;
  readonly people: PeopleTree;
  readonly errors: ErrorReporter;
  readonly titleOf: TitleOf;
}
