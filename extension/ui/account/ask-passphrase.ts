/** Asks for passphrases: for a new one twice, with its strength; for an existing one once. */
import * as vscode from "vscode";
import type { PassphraseQuality } from "../../../messenger/account/passphrase.ts";
import { borrowingFocus } from "../borrowed-focus.ts";
import { inSteps } from "../step-order.ts";
import { askText } from "../steps.ts";

/** Asks for a new passphrase. @param title the use of the passphrase @returns undefined if the user cancelled */
export async function askNewPassphrase(title: string, prompt: string): Promise<string | undefined> {
  const { passphraseQuality } = await import("../../engine.ts");
  let first = "";
  const whole = await borrowingFocus(() =>
    inSteps([
      async () => {
        const typed = await askText(
          { title, step: 1, totalSteps: 2 },
          { prompt, password: true, validate: (value) => hint(passphraseQuality(value)) },
        );
        if (typeof typed !== "string") return typed;
        first = typed;
        return "done";
      },
      async () => {
        const again = await askText(
          { title, step: 2, totalSteps: 2 },
          {
            prompt: vscode.l10n.t("Type the passphrase again. No one can recover it if you forget it."),
            password: true,
            validate: (value) =>
              value === first ? undefined : vscode.l10n.t("The passphrases don't match yet."),
          },
        );
        return typeof again === "string" ? "done" : again;
      },
    ]),
  );
  return whole ? first : undefined;
}

/** Asks for an existing passphrase. @param problem the reason for asking again @returns undefined if the user cancelled */
export async function askPassphrase(
  title: string,
  prompt: string,
  problem?: string,
): Promise<string | undefined> {
  const passphrase = await vscode.window.showInputBox({
    title,
    prompt: problem === undefined ? prompt : `${problem} ${prompt}`,
    password: true,
    ignoreFocusOut: true,
  });
  return passphrase === "" ? undefined : passphrase;
}

function hint(quality: PassphraseQuality): vscode.InputBoxValidationMessage {
  const { Error: refused, Info: fine } = vscode.InputBoxValidationSeverity;
  switch (quality) {
    case "short":
      return {
        message: vscode.l10n.t("Use at least 12 characters. Several unrelated words are best."),
        severity: refused,
      };
    case "repetitive":
      return { message: vscode.l10n.t("Too few different characters."), severity: refused };
    case "fair":
      return {
        message: vscode.l10n.t("Long enough. Four or five random words would be better."),
        severity: fine,
      };
    case "good":
      return { message: vscode.l10n.t("Good, unless it's a well-known phrase."), severity: fine };
  }
}
