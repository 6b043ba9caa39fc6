/** A command of a session, and the services that carry it out. */
import type { ChatId, ChatMessage } from "../../messenger/model.ts";
import type { SharedMessenger } from "../../messenger/sharing/shared-messenger.ts";
import type { MessageId } from "../../protocol/names.ts";
import type { Printed } from "../printed.ts";
import type { Screen } from "../screen.ts";
import type { Seen } from "../seen.ts";

/** The current chat, a way to change it, and everything else that a command uses. */
export interface Desk {
  readonly messenger: SharedMessenger;
  readonly screen: Screen;
  readonly seen: Seen;
  readonly printed: Printed;
  readonly current: ChatId | undefined;
  /** Makes a chat the current one: typed lines are sent there. */
  open(chat: ChatId | undefined): Promise<void>;
  /**
   * Sends a text to the current chat.
   * @param replyTo the message that it replies to
   * @throws WrongUse without a current chat; ParleyError
   */
  send(text: string, replyTo?: MessageId): Promise<void>;
  /** Makes a change to a message. Quitting waits until the change has been sent. @param change makes it with the given id */
  sending(target: MessageId, change: (id: MessageId) => Promise<ChatMessage>): Promise<void>;
  /** Goes on with the next command while this is done; quitting waits for it. */
  meanwhile(work: Promise<void>): void;
  /** Ends the session once everything typed has been processed. */
  quit(): void;
}

/** The kind of words that Tab completes after a command. */
type Completion = "people" | "asking" | "chats" | "commands" | "nothing";

export interface Command {
  /** Such as "NAME [NOTE]". */
  readonly usage: string;
  /** One line, for /help. */
  readonly about: string;
  readonly completes: Completion;
  /**
   * @param rest the text after the command's name, without spaces around it.
   * @throws WrongUse; ParleyError
   */
  run(desk: Desk, rest: string): void | Promise<void>;
}

/** The command was typed incorrectly; the message shows its usage. */
export class WrongUse extends Error {}
