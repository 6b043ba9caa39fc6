/**
 * Stores the messages that were printed last. Commands refer to a message by a number that never changes, and so to the one that the user
 * saw.
 */
import type { ChatId, ChatMessage } from "../messenger/model.ts";
import type { MessageId } from "../protocol/names.ts";

/** A multiple of the messages on a screen. */
const MAX_PRINTED = 1_000;

export class Printed {
  /** In printing order. */
  readonly #messages = new Map<MessageId, ChatMessage>();
  readonly #numbers = new Map<MessageId, number>();
  #last = 0;

  /** Stores a message that was printed. @returns its earlier state on screen, if any */
  note(message: ChatMessage): ChatMessage | undefined {
    const before = this.#messages.get(message.id);
    this.#messages.delete(message.id);
    this.#messages.set(message.id, message);
    const [oldest] = this.#messages.keys();
    if (this.#messages.size > MAX_PRINTED && oldest !== undefined) this.forget([oldest]);
    return before;
  }

  /** Stores the new state of a message that is on screen. @returns its earlier state; undefined for a message that is not on screen */
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

  /** Returns the number of a message. Assigns one to a message without a number. */
  number(id: MessageId): number {
    const known = this.#numbers.get(id);
    if (known !== undefined) return known;
    this.#numbers.set(id, ++this.#last);
    return this.#last;
  }

  /** @returns the message with this number */
  numbered(number: number): ChatMessage | undefined {
    for (const [id, one] of this.#numbers) if (one === number) return this.#messages.get(id);
    return undefined;
  }

  /** @returns the last printed message of the chat that meets the condition */
  newest(chat: ChatId, condition: (message: ChatMessage) => boolean): ChatMessage | undefined {
    return [...this.#messages.values()]
      .reverse()
      .find((message) => message.chat === chat && condition(message));
  }
}
