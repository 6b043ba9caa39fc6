/** Offers the walkthrough once to a new user, and marks its steps as done. */
import { setTimeout } from "node:timers/promises";
import * as vscode from "vscode";
import { isMine } from "../../messenger/chats/author.ts";
import { type Deed, type Step, walkthroughSteps } from "../commands/walkthrough-steps.ts";
import { Command, WALKTHROUGH } from "../ids.ts";
import { run, setContext } from "./editor.ts";
import { toast } from "./notifications/toast.ts";
import type { Parley } from "./parley.ts";
import { contextKeys } from "./status/state-model.ts";
import { isTheia } from "./theia.ts";

/** VS Code reports to nobody when it has registered the walkthroughs, which takes some 100 ms. */
const LOOKS = 30;
const LOOK_MS = 100;
/** Key in globalState, shared by all windows. */
const OFFERED = "walkthroughOffered";

/** Opens the walkthrough; in Theia, which has none, the Parley view, whose welcome content has the same first steps. */
export async function openWalkthrough({ host }: Pick<Parley, "host">): Promise<void> {
  if (isTheia(vscode.env)) {
    await run(Command.open);
    return;
  }
  if (host.snapshot().account === undefined) await registered("join");
  await vscode.commands.executeCommand("workbench.action.openWalkthrough", WALKTHROUGH, false);
}

/**
 * Resolves once VS Code knows the walkthrough, or after some seconds. It reads walkthroughs when they are first needed, and VS Code 1.106
 * opens its own in a new profile if it does not know the requested one yet. A window with an account has marked a step, and so has
 * them read.
 * @param undone a step that is not done
 */
async function registered(undone: Step): Promise<void> {
  for (let look = 0; look < LOOKS; look++)
    try {
      await vscode.commands.executeCommand("welcome.markStepIncomplete", `${WALKTHROUGH}#${undone}`);
      return;
    } catch {
      await setTimeout(LOOK_MS);
    }
}

/** Offers the walkthrough to a user without an account, once for all windows. */
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

/** Marks each step whose condition is true, including steps done in another window or before this window opened. */
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

/** Stores, for all windows, that the user has done a step that Parley's state does not show. */
export function markDone({ globalState }: vscode.ExtensionContext, deed: Deed): void {
  const key = walkthroughSteps[deed];
  if (globalState.get<boolean>(key, false)) return;
  void globalState.update(key, true);
  void setContext(key, true);
  tick(deed);
}

/**
 * Marks a step as done by VS Code's own command. The documented way, context keys in the manifest, ignores keys that were set before
 * the window's Welcome page is first opened. The command also fails before that, but only after it has stored the mark.
 */
function tick(step: Step): void {
  vscode.commands
    .executeCommand("welcome.markStepComplete", `${WALKTHROUGH}#${step}`)
    .then(undefined, () => undefined);
}
