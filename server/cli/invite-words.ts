/** The sentences beside an invite: its possible users, and how to get more invites. */
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

/** @returns lines that say so where nobody else can use an invite for that host; none where others can */
export function loopbackNotice(host: string, { env }: Pick<Started, "env">): readonly string[] {
  if (!isLoopback(host)) return [];
  const { onlyThisComputer, wayOutInEditor, wayOut } = words.commandLine.inviting;
  return onlyThisComputer(host, isInEditor(env) ? wayOutInEditor : wayOut);
}

/** @param data the folder, where it is not the default @returns a sentence with a command that works as it stands */
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

/** @returns the word as a POSIX shell, and in plain cases any other, takes it */
function shellWord(word: string): string {
  return /^[\w@%+=:,./\\-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
