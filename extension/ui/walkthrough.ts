/** The walkthrough of the Welcome page: offers it once to a new user, and ticks off the steps that they have done. */
import * as vscode from "vscode";
import { isMine } from "../../messenger/chats/author.ts";
import { type Deed, type Step, walkthroughSteps } from "../commands/walkthrough-steps.ts";
import { Command, WALKTHROUGH } from "../ids.ts";
import { run, setContext } from "./editor.ts";
import { toast } from "./notifications/toast.ts";
import type { Parley } from "./parley.ts";
import { contextKeys } from "./status/state-model.ts";
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

/** Ticks off each step whose condition holds, also those that were done in another window or before this one was opened. */
export function watchSteps({ context, host }: Parley): vscode.Disposable {
  const open = new Set(Object.keys(walkthroughSteps) as Step[]);
  const look = () => {
    if (open.size === 0) return;
    const keys = contextKeys(host.snapshot());
    for (const step of open) {
      const done = walkthroughSteps[step];
      if (typeof done === "string" ? !context.globalState.get<boolean>(done, false) : !done.holds(keys))
        continue;
      open.delete(step);
      tick(step);
    }
  };
  look();
  return vscode.Disposable.from(
    host.on("changed", look),
    host.on("message", (message) => {
      if (isMine(message, host.snapshot().account?.name)) markDone(context, "write");
    }),
  );
}

/** Remembers, for all windows, that the user did something that no state shows. */
export function markDone({ globalState }: vscode.ExtensionContext, deed: Deed): void {
  const key = walkthroughSteps[deed];
  if (globalState.get<boolean>(key, false)) return;
  void globalState.update(key, true);
  setContext(key, true);
  tick(deed);
}

/**
 * Ticks a step off by the editor's own command. Its documented way, the context keys of the manifest, misses whatever is true before
 * the window's Welcome page is first opened. The command fails before that, too, but only once the tick is saved.
 */
function tick(step: Step): void {
  vscode.commands
    .executeCommand("welcome.markStepComplete", `${WALKTHROUGH}#${step}`)
    .then(undefined, () => undefined);
}
