/** Decides which notification a message gets: a few people by name, and all others in one, however many write. */
import type { ChatId } from "../../../messenger/model.ts";

/** With the one for all others, as many notifications as the editor shows at once. */
const NAMED = 2;

export type Announcement = "named" | "others";

export class Announced {
  readonly #named = new Set<ChatId>();
  #others = false;

  /** @returns the notification that a message of `chat` causes now, which stands from then on; undefined where one stands that says it */
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

  /** Ends a notification that was closed, or not shown. */
  end(announcement: Announcement, chat: ChatId): void {
    if (announcement === "named") this.#named.delete(chat);
    else this.#others = false;
  }

  /** Ends those that reading made untrue. @param unread the chats with unread messages */
  forgetRead(unread: ReadonlySet<ChatId>): void {
    for (const chat of this.#named) if (!unread.has(chat)) this.#named.delete(chat);
    if ([...unread].every((chat) => this.#named.has(chat))) this.#others = false;
  }
}
