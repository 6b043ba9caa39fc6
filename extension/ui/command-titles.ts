/** Titles and icons of the commands, as the manifest has them (in the editor's language): for buttons and menus. */
import type { CommandId } from "../ids.ts";

export interface CommandTitle {
  readonly title: string;
  /** A product icon's id, without `$(` and `)`. */
  readonly icon: string;
}

/**
 * @param manifest the extension's package.json as the editor gives it
 * @param texts reads package.nls.json: VS Code has put its texts into the manifest, Theia gives it with `%key%` in their place
 */
export function commandTitles(
  manifest: unknown,
  texts: () => Readonly<Record<string, string>>,
): ReadonlyMap<string, CommandTitle> {
  const { contributes } = manifest as {
    contributes: { commands: readonly { command: string; title: string; icon: string }[] };
  };
  return new Map(
    contributes.commands.map(({ command, title, icon }) => [
      command,
      { title: localized(title, texts), icon: icon.replace(/^\$\(|\)$/g, "") },
    ]),
  );
}

function localized(title: string, texts: () => Readonly<Record<string, string>>): string {
  const [, key] = /^%(.+)%$/.exec(title) ?? [];
  return key === undefined ? title : (texts()[key] ?? title);
}

export type TitleOf = (command: CommandId) => CommandTitle;
