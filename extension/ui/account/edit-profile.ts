/** Asks for the user's display name and colour, which everybody in an open chat sees beside the account name. */
import * as vscode from "vscode";
import { alikeDisplayName } from "../../../messenger/contacts/look-alike.ts";
import { profileColors } from "../../../messenger/kinds/profile-colors.ts";
import type { Person, Profile } from "../../../messenger/model.ts";
import { isDisplayName } from "../../../protocol/e2ee/kinds/display-name.ts";
import { MAX_DISPLAY_NAME_CHARACTERS } from "../../../protocol/limits.ts";
import { borrowingFocus } from "../borrowed-focus.ts";
import type { Parley } from "../parley.ts";

/** The colours of the palette that a quick pick can show. */
const THEME_COLORS: readonly string[] = ["blue", "purple", "green", "orange", "red", "yellow"];

export async function editProfile({ host, errors }: Parley): Promise<void> {
  try {
    const messenger = await host.open();
    const before = await messenger.calls.profile();
    const profile = await borrowingFocus(async () => {
      const name = await askName(before.name, messenger.people());
      const color = name === undefined ? undefined : await askColor(before.color);
      return name === undefined || color === undefined ? undefined : { name, color };
    });
    if (profile !== undefined) await messenger.calls.setProfile(profile);
  } catch (error) {
    await errors.report(error);
  }
}

async function askName(before: string, people: readonly Person[]): Promise<string | undefined> {
  const name = await vscode.window.showInputBox({
    title: vscode.l10n.t("Edit Profile (1 of 2)"),
    prompt: vscode.l10n.t(
      "People in your chats see this name beside your account name, never instead of it. Leave it empty for none",
    ),
    value: before,
    ignoreFocusOut: true,
    validateInput: (text) => nameProblem(text.trim(), people),
  });
  return name?.trim();
}

function nameProblem(
  name: string,
  people: readonly Person[],
): string | vscode.InputBoxValidationMessage | undefined {
  if (!isDisplayName(name))
    return vscode.l10n.t(
      "A name has at most {0} characters, single spaces, no hidden characters, and letters of only one of the Latin, Greek and Cyrillic scripts",
      MAX_DISPLAY_NAME_CHARACTERS,
    );
  const alike = alikeDisplayName(name, people);
  return alike === undefined
    ? undefined
    : {
        message: vscode.l10n.t("This looks like {0}. People who know {0} get a warning", alike),
        severity: vscode.InputBoxValidationSeverity.Warning,
      };
}

async function askColor(before: Profile["color"]): Promise<number | undefined> {
  const names = [vscode.l10n.t("None"), ...profileColors(vscode.l10n.t)];
  const items = names.map((label, color) => {
    const theme = THEME_COLORS[color - 1];
    return {
      label,
      color,
      ...(color === before && { description: vscode.l10n.t("now") }),
      ...(theme !== undefined && {
        iconPath: new vscode.ThemeIcon("circle-filled", new vscode.ThemeColor(`charts.${theme}`)),
      }),
    };
  });
  const choice = await vscode.window.showQuickPick(items, {
    title: vscode.l10n.t("Edit Profile (2 of 2)"),
    placeHolder: vscode.l10n.t("The color of your messages for others"),
    ignoreFocusOut: true,
  });
  return choice?.color;
}
