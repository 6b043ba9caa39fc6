/**
 * The chat of two. A rule that is true only where a chat has exactly one other person gets that person here, by
 * `partnerOf` or `partner`; all other code asks for a chat's members. Every chat is one of two so far.
 */
import type { Username } from "../../protocol/ids.ts";
import type { Chat, ChatId, Member } from "../model.ts";

const PREFIX = "user:";

/** @returns "user:" and the name */
export function directChat(person: Username): ChatId {
  return `${PREFIX}${person}` as ChatId;
}

/** @returns the other person of a chat of two */
export function partnerOf(chat: ChatId): Username {
  return chat.slice(PREFIX.length) as Username;
}

/** Returns the partner of a chat of two as a member of it, with presence and trust. */
export function partner({ members }: Pick<Chat, "members">): Member {
  const [only] = members;
  if (only === undefined || members.length > 1) throw new Error("A chat of two has one other person");
  return only;
}
