/** The walkthrough of the Welcome page: offered once to somebody who is new, and told what they have done. */
import * as vscode from "vscode";
import { isMine } from "../../messenger/chats/author.ts";
import { Command, WALKTHROUGH } from "../ids.ts";
import { run, setContext } from "./editor.ts";
import type { MessengerHost } from "./messenger-host.ts";
import { toast } from "./notifications/toast.ts";
import type { Parley } from "./parley.ts";
import { isTheia } from "./theia.ts";

/** In globalState, of all windows. */
const OFFERED = "walkthroughOffered";

/** Theia has no walkthroughs: the Parley view has the same first steps. */
export async function openWalkthrough(): Promise<void> {
  if (isTheia(vscode.env)) await run(Command.open);
  else await vscode.commands.executeCommand("workbench.action.openWalkthrough", WALKTHROUGH, false);
}

/** Asks once, and never again, whether somebody without an account wants to see it. */
export async function offerWalkthrough({ context, host }: Parley): Promise<void> {
  if (isTheia(vscode.env) || context.globalState.get<boolean>(OFFERED, false)) return;
  await context.globalState.update(OFFERED, true);
  const getStarted = vscode.l10n.t("Get Started");
  const { answer } = toast(host, {
    text: vscode.l10n.t("Parley is ready. Join your team's server, or start one."),
    buttons: [getStarted],
    holds: () => host.snapshot().account === undefined,
  });
  if ((await answer) === getStarted) await run(Command.openWalkthrough);
}

/** Ticks the last step off once the user has written a message, in whichever window. */
export function watchWriting(host: MessengerHost): vscode.Disposable {
  return host.on("message", (message) => {
    const mine = isMine(message, host.snapshot().account?.name);
    if (mine && message.body.kind !== "event") setContext("parley.hasWritten", true);
  });
}
