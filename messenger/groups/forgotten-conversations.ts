/**
 * Ends conversations that the server lists for this account and this store does not know, because the history was lost. A message may have
 * been confirmed before the loss, without its receipt having been sent. Its sender shows it as sent, and no further message may ever
 * arrive that would reveal the loss (stray-messages.ts). So a new store requests the list at its first sign-in, and ends unknown
 * conversations with the reason.
 *
 * It checks once more when the server may have gone back to an earlier state (server-runs.ts): conversations that the user has closed
 * since are listed again.
 *
 * The store records the check once all of them are ended. Until then it repeats the check, and ended conversations are no longer listed. A
 * server that invents conversations only learns, one at a time, that they are unknown.
 */
import { NetworkError, RefusedError, UsageError } from "../../protocol/errors.ts";
import { MAX_LISTED_CONVERSATIONS } from "../../protocol/limits.ts";
import type { ConversationId } from "../../protocol/names.ts";
import { ServerFaults } from "../account/server-faults.ts";
import type { Context } from "../context.ts";
import { SealError } from "../store/seal.ts";
import { notifyLostState } from "./stray-messages.ts";

/** The key of the only request that ServerFaults counts here. */
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
        log.warn(`Could not end all conversations of a lost history: ${String(error)}`);
      if (store.isOpen) this.#lookAgain(error);
    } finally {
      this.#looking = false;
    }
  }

  #lookAgain(error: unknown): void {
    const askedFor = error instanceof RefusedError ? error.retryAfterMs : undefined;
    const afterMs = askedFor ?? this.#faults.pauseAfter(QUESTION, performance.now());
    if (afterMs === undefined) return; // repeated at the next sign-in
    this.#timer = setTimeout(() => void this.#look(), afterMs);
    this.#timer.unref();
  }

  /** Whether the check was completed. A damaged record counts as none. */
  #hasLooked(): boolean {
    try {
      return this.#context.store.settings.get("conversations-checked") === "yes";
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
        if (this.#isKnown(id)) {
          this.#closeAgain(id);
          continue;
        }
        log.info("Ending a conversation of a lost history and notifying its peer");
        await notifyLostState(server, id);
      }
    } while (page.length === MAX_LISTED_CONVERSATIONS);
  }

  /** Ends a conversation that the user had closed: the server has gone back to an earlier state. */
  #closeAgain(id: ConversationId): void {
    const { conversations, chats, outbox } = this.#context.store;
    const number = conversations.chatOf(id);
    const chat = number === undefined ? undefined : chats.withNumber(number);
    if (chat?.phase !== "closed-by-me") return;
    if (outbox.all(chat.number).some(({ conversation }) => conversation === id)) return;
    this.#context.store.transaction(() => outbox.add(chat.number, id, { verb: "notify", reason: "closed" }));
  }

  #isKnown(id: ConversationId): boolean {
    const { conversations, chats } = this.#context.store;
    if (conversations.chatOf(id) !== undefined) return true;
    // A restored chat has a conversation without keys (renewal.ts). A pending one is being agreed on.
    for (const { group } of chats.all()) if (group.current === id || group.pending === id) return true;
    return false;
  }
}
