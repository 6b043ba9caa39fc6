/** Reads the commands' titles and icons from the manifest, in the editor's language, for buttons and menus. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { CommandId } from "../ids.ts";

export interface CommandTitle {
  readonly title: string;
  /** Id of a product icon, without `$(` and `)`. */
  readonly icon: string;
}

/** A text of the manifest as VS Code returns it: a string in English, an object in other display languages. */
type ManifestText = string | { readonly value: string };

/**
 * Reads title and icon of each command.
 * @param manifest the extension's package.json, as the editor returns it
 * @param texts reads the package.nls files, for Theia: unlike VS Code, it leaves `%key%` in the manifest
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

/** @returns the manifest's texts in the editor's language, with English for missing ones */
export function manifestTexts(folder: string, language: string): Readonly<Record<string, string>> {
  const read = (name: string) => {
    const path = join(folder, name);
    return existsSync(path) ? (JSON.parse(readFileSync(path, "utf8")) as Record<string, string>) : {};
  };
  return { ...read("package.nls.json"), ...read(`package.nls.${language}.json`) };
}

export type TitleOf = (command: CommandId) => CommandTitle;
