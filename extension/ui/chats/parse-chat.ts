/** Parses a chat from outside: another extension, a keybinding, a page's saved state, or the user's typing. */
import { directChat } from "../../../messenger/chats/direct.ts";
import type { ChatId } from "../../../messenger/model.ts";

/** @returns the chat in `value` (its id, the other person's name, or a row of the tree), or undefined for anything else */
export async function parseChat(value: unknown): Promise<ChatId | undefined> {
  const text = typeof value === "object" && value !== null && "chat" in value ? value.chat : value;
  if (typeof text !== "string") return undefined;
  // Imported here, so that activation does not load the wire's schema.
  const { parseChatId, parseUsername } = await import("../../engine.ts");
  const person = parseUsername(text);
  return person === undefined ? parseChatId(text) : directChat(person);
}
