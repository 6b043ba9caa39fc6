/** Replaces a rule of markdown-it with one that wraps it. */
import type { Ruler } from "markdown-it";

/** Replaces the rule named `name`. @throws Error if markdown-it has no rule of that name */
export function changeRule<Args extends unknown[], Result>(
  ruler: Ruler<Args, Result>,
  name: string,
  change: (original: (...args: Args) => Result) => (...args: Args) => Result,
): void {
  const rule = ruler.__rules__.find((rule) => rule.name === name);
  if (rule === undefined) throw new Error(`markdown-it has no rule ${name}`);
  ruler.at(name, change(rule.fn), { alt: rule.alt });
}
