/**
 * Remembers the messages that were printed last: a command names one by its number, which stays with the message, and so it is about
 * the one that the person saw.
 */
import type { ChatId, ChatMessage } from "../messenger/model.ts";
import type { MessageId } from "../protocol/names.ts";

/** Several screens full. */
const MAX_PRINTED = 1_000;

export class Printed {
  /** In the order of printing. */
  readonly #messages = new Map<MessageId, ChatMessage>();
  readonly #numbers = new Map<MessageId, number>();
  #last = 0;

  /** Notes that a message is on screen as it is now. @returns the message as it was there before, if it was */
  note(message: ChatMessage): ChatMessage | undefined {
    const before = this.#messages.get(message.id);
    this.#messages.delete(message.id);
    this.#messages.set(message.id, message);
    const [oldest] = this.#messages.keys();
    if (this.#messages.size > MAX_PRINTED && oldest !== undefined) this.forget([oldest]);
    return before;
  }

  /** Notes a change of a message that is on screen, without printing it anew. @returns as it was before; undefined where it is not there */
  update(message: ChatMessage): ChatMessage | undefined {
    const before = this.#messages.get(message.id);
    if (before !== undefined) this.#messages.set(message.id, message);
    return before;
  }

  forget(ids: readonly MessageId[]): void {
    for (const id of ids) {
      this.#messages.delete(id);
      this.#numbers.delete(id);
    }
  }

  get(id: MessageId): ChatMessage | undefined {
    return this.#messages.get(id);
  }

  /** @returns the number of a message, given to it where it has none */
  number(id: MessageId): number {
    const known = this.#numbers.get(id);
    if (known !== undefined) return known;
    this.#numbers.set(id, ++this.#last);
    return this.#last;
  }

  /** @returns the message of that number */
  numbered(number: number): ChatMessage | undefined {
    for (const [id, one] of this.#numbers) if (one === number) return this.#messages.get(id);
    return undefined;
  }

  /** @returns the message of that chat that was printed last, of those that the condition holds for */
  newest(chat: ChatId, condition: (message: ChatMessage) => boolean): ChatMessage | undefined {
    return [...this.#messages.values()]
      .reverse()
      .find((message) => message.chat === chat && condition(message));
  }
}
