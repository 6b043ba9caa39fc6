/**
 * Messages, and answers to our requests, of a conversation that nothing is left of here: this computer's history was
 * lost, or another conversation has taken its place. Whose they are we cannot know. They are not thrown away in silence:
 * the conversation is ended with the reason, their sender sends undelivered messages again, and only then the server
 * may forget them.
 */
import type { Delivered } from "../../protocol/client/client.ts";
import { RefusedError } from "../../protocol/errors.ts";
import type { ConversationId } from "../../protocol/names.ts";
import type { Context } from "../context.ts";
import type { Server } from "../delivery/server.ts";

type Stray = Pick<Delivered, "conversation" | "confirm">;

/** Conversations remembered as ended, so that later messages of them are answered at once. */
const MAX_ENDED = 1000;

export class StrayMessages {
  readonly #context: Context;
  readonly #waiting = new Map<ConversationId, Stray[]>();
  readonly #ended = new Set<ConversationId>();
  /** One after the other: a server that makes conversations up gets no more than one word at a time for it. */
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

  /** Forgets unconfirmed strays, which come again over the next line. */
  lineGone(): void {
    this.#waiting.clear();
  }

  async #end(conversation: ConversationId): Promise<void> {
    const { log, server } = this.#context;
    if (server.line === undefined || !this.#waiting.has(conversation)) return;
    log.warn("Something came for a conversation that is no more: its sender is told");
    try {
      await tellLost(server, conversation);
    } catch (error) {
      this.#waiting.delete(conversation);
      log.warn(`The sender could not be told: ${String(error)}`);
      return;
    }
    if (this.#ended.size >= MAX_ENDED) this.#ended.clear();
    this.#ended.add(conversation);
    for (const delivered of this.#waiting.get(conversation) ?? []) delivered.confirm();
    this.#waiting.delete(conversation);
  }
}

/**
 * Ends a conversation that nothing is left of here. It may be told twice.
 * @throws RefusedError, but where it was over already: then its other side knows; NetworkError, UsageError
 */
export async function tellLost(server: Server, conversation: ConversationId): Promise<void> {
  try {
    await server.ask("endUnknown", conversation);
  } catch (error) {
    if (!(error instanceof RefusedError && error.code === "no-conversation")) throw error;
  }
}
