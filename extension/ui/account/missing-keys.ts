/** The command that starts a new store when the keyring lacks the keys of the present one. */
import * as vscode from "vscode";
import type { Parley } from "../parley.ts";
import { ask } from "../question.ts";

export async function startAnew(parley: Parley): Promise<void> {
  if (!parley.host.lacksKeys || !(await mayPutAside())) return;
  try {
    await parley.host.startAnew();
  } catch (error) {
    await parley.errors.report(error);
  }
}

/** @returns whether the user agrees to put the present store aside */
export async function mayPutAside(): Promise<boolean> {
  const putAside = vscode.l10n.t("Put Aside");
  const answer = await ask({
    text: vscode.l10n.t("Put this computer's account and messages aside?"),
    detail: vscode.l10n.t(
      "Nothing is deleted. They stay sealed on the disk, and come back by themselves when the keyring has their keys again. Until then you need a backup, or a new invite that is reserved for your name.",
    ),
    safe: vscode.l10n.t("Leave as Is"),
    choices: [putAside],
  });
  return answer === putAside;
}
