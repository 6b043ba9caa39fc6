/** A command of a session, and the services that carry it out. */
import type { ChatId } from "../../messenger/model.ts";
import type { SharedMessenger } from "../../messenger/sharing/shared-messenger.ts";
import type { Screen } from "../screen.ts";
import type { Seen } from "../seen.ts";

/** The chat in front, a way to change it, and all that a command works with. */
export interface Desk {
  readonly messenger: SharedMessenger;
  readonly screen: Screen;
  readonly seen: Seen;
  readonly current: ChatId | undefined;
  /** Puts a chat in front: lines that are typed go there. */
  open(chat: ChatId | undefined): Promise<void>;
  /** Ends the session once everything typed is done. */
  quit(): void;
}

/** The words that Tab completes after a command. */
type Completion = "people" | "asking" | "chats" | "commands" | "nothing";

export interface Command {
  /** Such as "NAME [NOTE]". */
  readonly usage: string;
  /** One line, for /help. */
  readonly about: string;
  readonly completes: Completion;
  /** @param rest the text behind the command's name, without spaces around. @throws WrongUse; ParleyError */
  run(desk: Desk, rest: string): void | Promise<void>;
}

/** The command was typed wrongly: its sentence says how it goes. */
export class WrongUse extends Error {}
