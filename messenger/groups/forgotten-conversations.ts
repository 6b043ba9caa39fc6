/**
 * Conversations that the server holds for us and of which nothing is left here: this computer's history was lost, after
 * something said in them was confirmed, perhaps, and before its receipt had left. Their other side shows it as sent, and
 * nothing more need ever come in them that would show it (stray-messages.ts). So a store that has not looked yet asks for
 * the list, at its first sign-in, and ends unknown conversations with the reason.
 *
 * That it has looked is written down once all were ended. Until then it begins again: ended ones are off the list. A
 * server that makes conversations up is told that they are not known, one at a time, and has nothing of it.
 */
import { NetworkError, RefusedError, UsageError } from "../../protocol/errors.ts";
import { MAX_LISTED_CONVERSATIONS } from "../../protocol/limits.ts";
import type { ConversationId } from "../../protocol/names.ts";
import { ServerFaults } from "../account/server-faults.ts";
import type { Context } from "../context.ts";
import { SealError } from "../store/seal.ts";
import { tellLost } from "./stray-messages.ts";

/** There is one question. */
const QUESTION = 0;

export class ForgottenConversations {
  readonly #context: Pick<Context, "store" | "server" | "log">;
  readonly #faults = new ServerFaults();
  #timer: NodeJS.Timeout | undefined;
  #looking = false;

  constructor(context: Pick<Context, "store" | "server" | "log">) {
    this.#context = context;
  }

  lineOpened(): void {
    clearTimeout(this.#timer);
    this.#faults.over(QUESTION);
    void this.#look();
  }

  close(): void {
    clearTimeout(this.#timer);
  }

  async #look(): Promise<void> {
    const { store, log, server } = this.#context;
    if (this.#looking || server.line === undefined || !store.isOpen) return;
    this.#looking = true;
    try {
      if (this.#hasLooked()) return;
      await this.#tellAll();
      if (store.isOpen) store.settings.set("conversations-checked", "yes");
    } catch (error) {
      if (!(error instanceof NetworkError || error instanceof UsageError))
        log.warn(`Conversations of a lost history are not all ended: ${String(error)}`);
      if (store.isOpen) this.#lookAgain(error);
    } finally {
      this.#looking = false;
    }
  }

  #lookAgain(error: unknown): void {
    const askedFor = error instanceof RefusedError ? error.retryAfterMs : undefined;
    const afterMs = askedFor ?? this.#faults.pauseAfter(QUESTION, performance.now());
    if (afterMs === undefined) return; // at the next sign-in
    this.#timer = setTimeout(() => void this.#look(), afterMs);
    this.#timer.unref();
  }

  /** Whether the server was asked. A damaged mark counts as none. */
  #hasLooked(): boolean {
    try {
      return this.#context.store.settings.get("conversations-checked") !== undefined;
    } catch (error) {
      if (error instanceof SealError) return false;
      throw error;
    }
  }

  async #tellAll(): Promise<void> {
    const { store, log, server } = this.#context;
    let page: readonly ConversationId[] = [];
    do {
      page = await server.ask("conversations", page.at(-1));
      for (const id of page) {
        if (!store.isOpen) return;
        if (this.#isKnown(id)) continue;
        log.info("A conversation of a lost history is ended: its other side is told");
        await tellLost(server, id);
      }
    } while (page.length === MAX_LISTED_CONVERSATIONS);
  }

  #isKnown(id: ConversationId): boolean {
    const { conversations, chats } = this.#context.store;
    if (conversations.chatOf(id) !== undefined) return true;
    // Restored from a backup, without its keys: renewal.ts sees to it. Or being agreed on.
    for (const { group } of chats.all()) if (group.current === id || group.pending === id) return true;
    return false;
  }
}
