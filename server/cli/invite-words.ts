/** The sentences beside an invite: who can use it, and how to get more invites. */
import { basename } from "node:path";
import { isLoopback } from "../../protocol/identity/host.ts";
import { words } from "../words/words.ts";
import { isInEditor } from "./in-editor.ts";

/** How this process was started. */
export interface Started {
  readonly execPath: string;
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** Returns lines saying that nobody else can use an invite for that host; none if others can. */
export function loopbackNotice(host: string, { env }: Pick<Started, "env">): readonly string[] {
  if (!isLoopback(host)) return [];
  const { onlyThisComputer, wayOutInEditor, wayOut } = words.commandLine.inviting;
  return onlyThisComputer(host, isInEditor(env) ? wayOutInEditor : wayOut);
}

/**
 * Returns a sentence with a command that works as written.
 * @param data the folder, if it is not the default
 */
export function moreInvites({ execPath, argv, env }: Started, data: string | undefined): string {
  if (isInEditor(env)) return words.commandLine.inviting.moreInEditor;
  const program = argv[1] ?? "parley-server";
  const own = basename(program).replace(/\.[cm]?js$/, "") === "parley-server";
  const command = [
    ...(own ? [program] : [execPath, program]),
    "invite",
    ...(data === undefined ? [] : ["--data", data]),
  ];
  return words.commandLine.inviting.more(command.map(shellWord).join(" "));
}

/** Quotes a word for a POSIX shell; plain words work in any shell. */
function shellWord(word: string): string {
  return /^[\w@%+=:,./\\-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
