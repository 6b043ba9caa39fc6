/**
 * Handles messages and answers of conversations that are unknown here, because the history was lost or the conversation was replaced. Their
 * sender is unknown. They are not discarded silently: this side ends the conversation with the reason, and the sender sends undelivered
 * messages again. Only then are the strays confirmed, so that the server may delete them.
 */
import type { Delivered } from "../../protocol/client/client.ts";
import { RefusedError } from "../../protocol/errors.ts";
import type { ConversationId } from "../../protocol/names.ts";
import type { Context } from "../context.ts";
import type { Server } from "../delivery/server.ts";

type Stray = Pick<Delivered, "conversation" | "confirm">;

/** The most ended conversations to remember, whose further messages are confirmed at once. */
const MAX_ENDED = 1000;

export class StrayMessages {
  readonly #context: Context;
  readonly #waiting = new Map<ConversationId, Stray[]>();
  readonly #ended = new Set<ConversationId>();
  /** Ends conversations one at a time, so that a server that invents them gets only one notification at a time. */
  #turn: Promise<void> = Promise.resolve();

  constructor(context: Context) {
    this.#context = context;
  }

  take(delivered: Stray): void {
    const { conversation } = delivered;
    if (this.#ended.has(conversation)) {
      delivered.confirm();
      return;
    }
    const waiting = this.#waiting.get(conversation);
    if (waiting !== undefined) {
      waiting.push(delivered);
      return;
    }
    this.#waiting.set(conversation, [delivered]);
    this.#turn = this.#turn.then(() => this.#end(conversation));
  }

  /** Forgets unconfirmed strays, which the server delivers again over the next line. */
  lineGone(): void {
    this.#waiting.clear();
  }

  async #end(conversation: ConversationId): Promise<void> {
    const { log, server } = this.#context;
    if (server.line === undefined || !this.#waiting.has(conversation)) return;
    log.warn("Message for an unknown conversation: notifying its sender");
    try {
      await notifyLostState(server, conversation);
    } catch (error) {
      this.#waiting.delete(conversation);
      log.warn(`Could not notify the sender: ${String(error)}`);
      return;
    }
    if (this.#ended.size >= MAX_ENDED) this.#ended.clear();
    this.#ended.add(conversation);
    for (const delivered of this.#waiting.get(conversation) ?? []) delivered.confirm();
    this.#waiting.delete(conversation);
  }
}

/**
 * Ends an unknown conversation with the reason "lost-state". It may be called twice for one conversation.
 * @throws RefusedError, except if the conversation has ended already; NetworkError, UsageError
 */
export async function notifyLostState(server: Server, conversation: ConversationId): Promise<void> {
  try {
    await server.ask("endUnknown", conversation);
  } catch (error) {
    if (!(error instanceof RefusedError && error.code === "no-conversation")) throw error;
  }
}
