/**
 * One direction of a conversation under load: numbered messages, each sent until the server has it, and their
 * outcomes.
 */
import { randomBytes } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import { type ConversationId, type MessageId, newMessageId } from "../../protocol/names.ts";
import type { Member, Received } from "./member.ts";

const MESSAGE_BYTES = 256;
const AGAIN_MS = 200;

export class Way {
  sent = 0;
  received = 0;
  /** Received again, because the confirmation was lost with a line. */
  again = 0;
  outOfOrder = 0;
  readonly #from: Member;
  readonly #conversation: ConversationId;
  /** Messages that the server has acknowledged and that have not arrived. */
  readonly #missing = new Set<MessageId>();
  readonly #arrived = new Set<MessageId>();
  #written = 0;
  #lastRead = 0;
  #last: Promise<void> = Promise.resolve();

  constructor(from: Member, conversation: ConversationId) {
    this.#from = from;
    this.#conversation = conversation;
  }

  get missing(): number {
    return this.#missing.size;
  }

  /** Queues a message behind everything written before. */
  write(): void {
    this.#written += 1;
    const text = randomBytes(MESSAGE_BYTES);
    text.writeUInt32BE(this.#written);
    const message = { id: newMessageId(), text };
    this.#last = this.#last.then(() => this.#insist(message));
  }

  /** Resolves once the server has acknowledged everything that was written. */
  acknowledged(): Promise<void> {
    return this.#last;
  }

  read({ id, text }: Received): void {
    if (this.#arrived.has(id)) {
      this.again += 1;
      return;
    }
    const number = Buffer.from(text).readUInt32BE();
    if (number !== this.#lastRead + 1) this.outOfOrder += 1;
    this.#lastRead = number;
    this.received += 1;
    this.#arrived.add(id);
    this.#missing.delete(id);
  }

  async #insist(message: Received): Promise<void> {
    while (!(await this.#from.send(this.#conversation, message))) await pause(AGAIN_MS);
    this.sent += 1;
    if (!this.#arrived.has(message.id)) this.#missing.add(message.id);
  }
}
