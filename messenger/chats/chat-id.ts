/** Names of chats. A chat keeps its name and its history however often its people agree on a new group. */
import { parseUsername, type Username } from "../../protocol/names.ts";
import type { ChatId } from "../model.ts";
import { directChat, partnerOf } from "./direct.ts";

/** @returns `text` as a ChatId, or undefined where it is none */
export function parseChatId(text: string): ChatId | undefined {
  const chat = text as ChatId;
  const person = parseUsername(partnerOf(chat));
  return person !== undefined && directChat(person) === text ? chat : undefined;
}

/** @returns its name on screen */
export function titleOf(chat: ChatId): string {
  return partnerOf(chat);
}

/** @returns everybody in the chat but oneself */
export function membersOf(chat: ChatId): readonly Username[] {
  return [partnerOf(chat)];
}
