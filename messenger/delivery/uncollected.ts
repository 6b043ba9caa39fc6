/**
 * Messages that nobody collected. The server announces for how many days it keeps mail, and then drops it without a report:
 * to keep blocks secret it would have to send the same report for mail that it discards because of a block.
 * So the sender's own clock decides: a message whose time is over and that has no receipt has failed, and may be sent
 * again under its id. This is the same for every receiver, blocking or not.
 *
 * A server that lies about the days can do no more than it could by dropping messages. A receipt that comes late counts.
 */
import type { Context } from "../context.ts";
import type { StoredChat } from "../store/chats.ts";

const DAY_MS = 24 * 60 * 60_000;
/** The server looks once a day, and its clock need not be ours. */
const SPARE_DAYS = 2;
/** After a sign-in, the mailbox comes first: receipts may be in it. */
const PATIENCE_MS = 5_000;
/** Ages are counted in days. */
const LOOK_MS = 60 * 60_000;

export class Uncollected {
  readonly #context: Pick<Context, "store" | "chats" | "lanes" | "log" | "server">;
  #timer: NodeJS.Timeout | undefined;

  constructor(context: Pick<Context, "store" | "chats" | "lanes" | "log" | "server">) {
    this.#context = context;
  }

  lineOpened(): void {
    this.#lookIn(PATIENCE_MS);
  }

  close(): void {
    clearTimeout(this.#timer);
  }

  #lookIn(delayMs: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#lookAtAll();
      this.#lookIn(LOOK_MS);
    }, delayMs);
    this.#timer.unref();
  }

  /** Looks at all sent messages; not without a line, which tells nothing of our mail on the server. */
  #lookAtAll(): void {
    const { store, lanes, log, server } = this.#context;
    const days = server.line?.mailboxDays ?? 0;
    if (days === 0 || !store.isOpen) return;
    const before = Date.now() - (days + SPARE_DAYS) * DAY_MS;
    for (const chat of [...store.chats.all()])
      lanes
        .run(chat.id, () => this.#lookAt(chat, before))
        .catch((error: unknown) =>
          log.error(`Messages that nobody came for stay as they are: ${String(error)}`),
        );
  }

  #lookAt(chat: StoredChat, before: number): void {
    const { store, chats } = this.#context;
    if (!store.isOpen) return;
    const over = store.messages
      .undelivered(chat.number, 0)
      .filter(({ state, storedAt, sentAt = storedAt }) => state === "sent" && sentAt < before);
    if (over.length === 0) return;
    store.transaction(() => {
      for (const { id } of over) chats.fail(chat, id, "not-collected", "dropped");
    });
  }
}
