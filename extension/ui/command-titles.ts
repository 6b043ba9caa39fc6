/** Titles and icons of the commands, as the manifest has them (in the editor's language): for buttons and menus. */
import type { CommandId } from "../ids.ts";

export interface CommandTitle {
  readonly title: string;
  /** A product icon's id, without `$(` and `)`. */
  readonly icon: string;
}

/** @param manifest the extension's package.json as the editor gives it */
export function commandTitles(manifest: unknown): ReadonlyMap<string, CommandTitle> {
  const { contributes } = manifest as {
    contributes: { commands: readonly { command: string; title: string; icon: string }[] };
  };
  return new Map(
    contributes.commands.map(({ command, title, icon }) => [
      command,
      { title, icon: icon.replace(/^\$\(|\)$/g, "") },
    ]),
  );
}

export type TitleOf = (command: CommandId) => CommandTitle;
