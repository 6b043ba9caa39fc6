/** Every command of a session, in the order in which /help lists them. */
import { nearMiss } from "../../protocol/near-miss.ts";
import { words } from "../words/words.ts";
import { account } from "./account.ts";
import { changing } from "./changing.ts";
import { type Command, WrongUse } from "./command.ts";
import { files } from "./files.ts";
import { talking } from "./talking.ts";
import { trusting } from "./trust.ts";

const help: Command = {
  usage: "[COMMAND]",
  about: words.about.help,
  completes: "commands",
  run({ screen }, rest) {
    const name = rest.replace(/^\//, "");
    const rows = name === "" ? Object.entries(COMMANDS) : [[name, commandNamed(name)] as const];
    for (const [name, { usage, about }] of rows) screen.print(`  ${`/${name} ${usage}`.padEnd(28)}${about}`);
    if (name === "") screen.print(words.helpAfter, "notice");
  },
};

export const COMMANDS: Readonly<Record<string, Command>> = {
  help,
  ...account,
  ...talking,
  ...changing,
  ...files,
  ...trusting,
};

/**
 * Returns a command.
 * @throws WrongUse, with a suggestion for a mistyped name
 */
export function commandNamed(name: string): Command {
  if (Object.hasOwn(COMMANDS, name)) return COMMANDS[name] as Command;
  throw new WrongUse(words.noCommand(name, nearMiss(name, Object.keys(COMMANDS))));
}
