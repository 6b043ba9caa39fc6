/**
 * The folder that holds an account. The terminal's own profile stores the account's keys beside it, in a file
 * under a passphrase. The keys of an editor's account are in the editor's keyring, so the terminal can use
 * such an account only through an editor that has it open.
 */
import { existsSync, statSync } from "node:fs";
import { homedir } from "node:os";
import { basename, dirname, join, posix, resolve, win32 } from "node:path";
import { storeIn } from "../messenger/account/put-aside.ts";
import { readMark } from "../messenger/store/mark.ts";
import { hasSecretsFile } from "./secrets-file.ts";
import { TerminalError } from "./terminal-error.ts";
import { words } from "./words/words.ts";

export interface Profile {
  readonly kind: "own" | "editor";
  /** The messenger's folder. */
  readonly directory: string;
  /**
   * The folder of an editor's account that no editor has open now, if a new profile is about to be made
   * beside it.
   */
  readonly closedEditor?: string;
}

/** The name of the extension's folder among the editor's data. */
const EXTENSION = "parley-chat.parley";
const IN_EDITOR = join("User", "globalStorage", EXTENSION);

/**
 * Returns the profile that `--profile` names.
 * @throws TerminalError "profile-unusable"
 */
export function chosenProfile(given: string): Profile {
  const path = resolve(given);
  if (existsSync(path) && !statSync(path).isDirectory())
    throw new TerminalError("profile-unusable", words.notAFolder(path));
  const editor = [join(path, IN_EDITOR, "messenger"), join(path, "messenger"), path].find(isEditors);
  return editor === undefined ? { kind: "own", directory: path } : { kind: "editor", directory: editor };
}

/**
 * Chooses the profile by default.
 * @param isOpen returns whether a program has the account in that folder open
 * @returns the terminal's own profile if it has an account; otherwise that of an editor that has its account
 * open; otherwise a new one of the terminal's own
 */
export async function usualProfile(isOpen: (directory: string) => Promise<boolean>): Promise<Profile> {
  const mine = usualFolder(process.env, process.platform);
  if (hasSecretsFile(mine)) return { kind: "own", directory: mine };
  const editors = editorFolders(process.env, process.platform).filter(isEditors);
  for (const directory of editors) if (await isOpen(directory)) return { kind: "editor", directory };
  const closedEditor = editors.find((directory) => readMark(storeIn(directory))?.identityKey !== undefined);
  return { kind: "own", directory: mine, ...(closedEditor !== undefined && { closedEditor }) };
}

/** Returns the terminal's default folder: the usual place of each system. */
export function usualFolder(env: NodeJS.ProcessEnv, platform: NodeJS.Platform): string {
  const { join } = platform === "win32" ? win32 : posix;
  switch (platform) {
    case "win32":
      return join(env["LOCALAPPDATA"] ?? join(homedir(), "AppData", "Local"), "parley");
    case "darwin":
      return join(homedir(), "Library", "Application Support", "parley");
    default:
      return join(env["XDG_DATA_HOME"] || join(homedir(), ".local", "share"), "parley");
  }
}

/**
 * Returns the folders in which editors keep Parley's data: VS Code and its derivatives, on this computer and
 * as remote hosts.
 */
export function editorFolders(env: NodeJS.ProcessEnv, platform: NodeJS.Platform): readonly string[] {
  const products = ["Code", "Code - Insiders", "VSCodium", "Cursor", "Windsurf"];
  const remote = [".vscode-server", ".vscode-server-insiders", ".vscodium-server", ".cursor-server"];
  const home = homedir();
  const settings =
    platform === "win32"
      ? (env["APPDATA"] ?? join(home, "AppData", "Roaming"))
      : platform === "darwin"
        ? join(home, "Library", "Application Support")
        : env["XDG_CONFIG_HOME"] || join(home, ".config");
  return [
    ...products.map((name) => join(settings, name)),
    ...remote.map((name) => join(home, name, "data")),
    join(env["XDG_DATA_HOME"] || join(home, ".local", "share"), "code-server"),
  ].map((folder) => join(folder, IN_EDITOR, "messenger"));
}

/** Returns whether an editor's extension stored its data there. */
function isEditors(directory: string): boolean {
  const isPlace = basename(directory) === "messenger" && basename(dirname(directory)) === EXTENSION;
  return isPlace && existsSync(directory);
}
