/** Titles and icons of the commands, as the manifest has them (in the editor's language): for buttons and menus. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { CommandId } from "../ids.ts";

export interface CommandTitle {
  readonly title: string;
  /** A product icon's id, without `$(` and `)`. */
  readonly icon: string;
}

/** A text of the manifest as VS Code gives it: itself, or with its English beside it where the display language is another. */
type ManifestText = string | { readonly value: string };

/**
 * @param manifest the extension's package.json as the editor gives it
 * @param texts reads package.nls.json and the language's own: VS Code has put its texts into the manifest already, Theia leaves `%key%` in their place
 */
export function commandTitles(
  manifest: unknown,
  texts: () => Readonly<Record<string, string>>,
): ReadonlyMap<string, CommandTitle> {
  const { contributes } = manifest as {
    contributes: { commands: readonly { command: string; title: ManifestText; icon: string }[] };
  };
  return new Map(
    contributes.commands.map(({ command, title, icon }) => [
      command,
      { title: localized(title, texts), icon: icon.replace(/^\$\(|\)$/g, "") },
    ]),
  );
}

function localized(text: ManifestText, texts: () => Readonly<Record<string, string>>): string {
  const title = typeof text === "string" ? text : text.value;
  const [, key] = /^%(.+)%$/.exec(title) ?? [];
  return key === undefined ? title : (texts()[key] ?? title);
}

/** @returns the manifest's texts in the editor's language, in English where it has none */
export function manifestTexts(folder: string, language: string): Readonly<Record<string, string>> {
  const read = (name: string) => {
    const path = join(folder, name);
    return existsSync(path) ? (JSON.parse(readFileSync(path, "utf8")) as Record<string, string>) : {};
  };
  return { ...read("package.nls.json"), ...read(`package.nls.${language}.json`) };
}

export type TitleOf = (command: CommandId) => CommandTitle;
