/** `parley-server limits`: the bounds that `--limit` sets. docs/OPERATIONS.md explains each. */
import { settableLimits } from "../operations/limit-setting.ts";
import { words } from "../words/words.ts";
import type { Output } from "./output.ts";

export function limits(output: Output): void {
  const all = settableLimits();
  const width = Math.max(...all.map(({ name }) => name.length));
  const lines = all.map(({ name, usual, least, most }) =>
    words.commandLine.upkeep.limit(name.padEnd(width), usual, least, most),
  );
  output.say({ event: "limits", limits: all }, lines.join("\n"));
}
