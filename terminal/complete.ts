/** Completes commands and names. */
import type { Snapshots } from "../messenger/sharing/snapshots.ts";
import { COMMANDS } from "./commands/table.ts";

/** Returns completions of the last word of a line, and that word; none in a message. */
export function complete(line: string, shown: Snapshots | undefined): [readonly string[], string] {
  if (!line.startsWith("/") || line.startsWith("//")) return [[], line];
  const [, name = "", gap = "", word = ""] = /^\/(\S*)(\s*)(\S*)/.exec(line) ?? [];
  if (gap === "") return [starting(Object.keys(COMMANDS), name).map((one) => `/${one} `), line];
  if (!line.endsWith(word) || /\s/.test(line.slice(1 + name.length + gap.length))) return [[], line];
  return [starting(candidates(name, shown), word).map((one) => `${one} `), word];
}

function candidates(command: string, shown: Snapshots | undefined): readonly string[] {
  const chats = shown?.chats() ?? [];
  switch (Object.hasOwn(COMMANDS, command) ? COMMANDS[command]?.completes : undefined) {
    case "people":
      return (shown?.people() ?? []).map(({ name }) => name);
    case "asking":
      return chats.filter(({ phase }) => phase === "invited").map(({ title }) => title);
    case "chats":
      return chats.map(({ title }) => title);
    case "commands":
      return Object.keys(COMMANDS);
    case "nothing":
    case undefined:
      return [];
  }
}

function starting(words: readonly string[], start: string): readonly string[] {
  return words.filter((word) => word.startsWith(start)).sort();
}
