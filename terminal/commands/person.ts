/** The person or chat that a command is about: the one it names, otherwise the current one. */
import { directChat, partnerOf } from "../../messenger/chats/direct.ts";
import type { ChatId } from "../../messenger/model.ts";
import { parseUsername, type Username } from "../../protocol/names.ts";
import { words } from "../words/words.ts";
import { type Desk, WrongUse } from "./command.ts";

/** Returns the first word and the text after it. */
export function split(rest: string): readonly [string, string] {
  const [, word = "", more = ""] = /^(\S*)\s*([\s\S]*)$/.exec(rest) ?? [];
  return [word, more];
}

/**
 * Parses a name.
 * @throws WrongUse
 */
export function personNamed(name: string): Username {
  const person = parseUsername(name);
  if (person === undefined) throw new WrongUse(name === "" ? words.nameMissing : words.noName(name));
  return person;
}

/**
 * Returns the person named, otherwise the partner of the current chat.
 * @throws WrongUse
 */
export function personOrCurrent(desk: Desk, name: string): Username {
  return partnerOf(chatOrCurrent(desk, name));
}

/**
 * Returns the chat named, otherwise the current one.
 * @throws WrongUse
 */
export function chatOrCurrent({ current }: Desk, name: string): ChatId {
  return name === "" && current !== undefined ? current : directChat(personNamed(name));
}

/**
 * Returns the chat with a request to answer: the one named; otherwise the current one, if it has one;
 * otherwise the only one that has.
 * @throws WrongUse
 */
export function chatThatAsks({ messenger, current }: Desk, name: string): ChatId {
  if (name !== "") return directChat(personNamed(name));
  const asking = messenger.chats().filter(({ phase }) => phase === "invited");
  const [first, ...others] = asking;
  if (first === undefined) throw new WrongUse(words.nobodyAsked);
  if (current !== undefined && asking.some(({ id }) => id === current)) return current;
  if (others.length > 0) throw new WrongUse(words.severalAsked(asking.map(({ title }) => title)));
  return first.id;
}
