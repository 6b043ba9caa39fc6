/** Names that come from outside: another extension, a keybinding, a page's saved state, a person's typing. */
import type { Username } from "../../../protocol/names.ts";

/** @returns the name in `value` (a name, or a row of the tree), or undefined for anything else */
export async function parsePeer(value: unknown): Promise<Username | undefined> {
  const text = typeof value === "object" && value !== null && "peer" in value ? value.peer : value;
  if (typeof text !== "string") return undefined;
  // Loaded late: it brings the wire's schema with it, which an activation need not pay for.
  const { parseUsername } = await import("../../engine.ts");
  return parseUsername(text);
}
