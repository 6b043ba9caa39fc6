/** Decides about notifications of messages: one each for a few named chats, and one for all others. */
import type { ChatId } from "../../../messenger/model.ts";

/** Named notifications. Together with the one for others, they are the three that VS Code shows at once. */
const NAMED = 2;

export type Announcement = "named" | "others";

export class Announced {
  readonly #named = new Set<ChatId>();
  #others = false;

  /** Records a notification for a message in `chat`. @returns its kind; undefined if one on screen covers the message */
  begin(chat: ChatId): Announcement | undefined {
    if (this.#named.has(chat)) return undefined;
    if (this.#named.size < NAMED) {
      this.#named.add(chat);
      return "named";
    }
    if (this.#others) return undefined;
    this.#others = true;
    return "others";
  }

  /** Forgets a notification that was closed or not shown. */
  end(announcement: Announcement, chat: ChatId): void {
    if (announcement === "named") this.#named.delete(chat);
    else this.#others = false;
  }

  /** Forgets notifications about messages that have been read. @param unread the chats with unread messages */
  forgetRead(unread: ReadonlySet<ChatId>): void {
    for (const chat of this.#named) if (!unread.has(chat)) this.#named.delete(chat);
    if ([...unread].every((chat) => this.#named.has(chat))) this.#others = false;
  }
}
