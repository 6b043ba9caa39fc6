/** The person and the chat that a command is about: named in it, or the chat in front. */
import { directChat, partnerOf } from "../../messenger/chats/direct.ts";
import type { ChatId } from "../../messenger/model.ts";
import { parseUsername, type Username } from "../../protocol/names.ts";
import { words } from "../words/words.ts";
import { type Desk, WrongUse } from "./command.ts";

/** @returns the first word and the text behind it */
export function split(rest: string): readonly [string, string] {
  const [, word = "", more = ""] = /^(\S*)\s*([\s\S]*)$/.exec(rest) ?? [];
  return [word, more];
}

/** @throws WrongUse */
export function personNamed(name: string): Username {
  const person = parseUsername(name);
  if (person === undefined) throw new WrongUse(name === "" ? words.nameMissing : words.noName(name));
  return person;
}

/** @throws WrongUse */
export function personOrCurrent(desk: Desk, name: string): Username {
  return partnerOf(chatOrCurrent(desk, name));
}

/** @throws WrongUse */
export function chatOrCurrent({ current }: Desk, name: string): ChatId {
  return name === "" && current !== undefined ? current : directChat(personNamed(name));
}

/** @returns the chat named; else the one in front, if somebody asks there; else the only one where somebody does. @throws WrongUse */
export function chatThatAsks({ messenger, current }: Desk, name: string): ChatId {
  if (name !== "") return directChat(personNamed(name));
  const asking = messenger.chats().filter(({ phase }) => phase === "invited");
  const [first, ...others] = asking;
  if (first === undefined) throw new WrongUse(words.nobodyAsked);
  if (current !== undefined && asking.some(({ id }) => id === current)) return current;
  if (others.length > 0) throw new WrongUse(words.severalAsked(asking.map(({ title }) => title)));
  return first.id;
}
