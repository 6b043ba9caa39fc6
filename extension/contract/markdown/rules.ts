/** Replaces one rule of markdown-it by a rule built on it. */
import type { Ruler } from "markdown-it";

/** @throws Error where there is no rule of that name */
export function changeRule<Args extends unknown[], Result>(
  ruler: Ruler<Args, Result>,
  name: string,
  change: (original: (...args: Args) => Result) => (...args: Args) => Result,
): void {
  const rule = ruler.__rules__.find((rule) => rule.name === name);
  if (rule === undefined) throw new Error(`markdown-it has no rule ${name}`);
  ruler.at(name, change(rule.fn), { alt: rule.alt });
}
