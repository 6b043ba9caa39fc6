/**
 * A server that went back to an earlier state: a standby made from the last backup, an image of a disk. The messages that it had
 * acknowledged since are lost, and only their senders still have them. 1.1 names the run of the server. If the last run that this client met is neither
 * that one nor its predecessor, the client sends everything again that was stored and has no receipt: sealed messages, receipts and commits as
 * the same bytes in the same order, so that their receiver ignores those it has; and requests to talk without an answer.
 *
 *     ACK RECEIVED  ──▶ out of the outbox
 *     ACK STORED    ──▶ kept ──▶ a receipt, for it or a later one ──▶ out of the outbox
 *                        └──── another run ──▶ to leave once more
 *
 * A server that names a new run at each sign-in learns nothing and has the same messages again, which it could as well have dropped.
 */
import type { Context } from "../context.ts";
import { SealError } from "../store/seal.ts";
import type { Delivery } from "./delivery.ts";

export class ServerRuns {
  readonly #context: Context;
  readonly #delivery: Delivery;

  constructor(context: Context, delivery: Delivery) {
    this.#context = context;
    this.#delivery = delivery;
  }

  /** Looks at the run. Before anything else leaves over that line. */
  lineOpened(): void {
    const { store, server, log } = this.#context;
    const run = server.line?.run;
    if (run === undefined) return;
    const met = this.#met();
    if (met === run.id) return;
    const mayHaveLost = met !== undefined && met !== run.follows;
    store.transaction(() => {
      store.settings.set("server-run", run.id);
      if (mayHaveLost) this.#sendAgain();
    });
    if (!mayHaveLost) return;
    log.info("The server may have gone back to an earlier state: what it had stored goes again");
    for (const chat of store.outbox.chats()) this.#delivery.startOver(chat);
    this.#hideAgain();
  }

  /** @returns the run met last; a damaged one counts as another */
  #met(): string | undefined {
    try {
      return this.#context.store.settings.get("server-run");
    } catch (error) {
      if (error instanceof SealError) return "";
      throw error;
    }
  }

  #sendAgain(): void {
    const { store } = this.#context;
    if (store.settings.get("conversations-checked") === "yes")
      store.settings.set("conversations-checked", "again");
    for (const { number, phase, group } of store.chats.all()) {
      const { current, pending } = group;
      if (phase === "open" && !group.lost && current !== undefined) store.outbox.sendAgain(number, current);
      const asks = phase === "requested" && pending !== undefined && store.outbox.all(number).length === 0;
      if (asks) store.outbox.add(number, pending, { verb: "request" });
    }
  }

  /** Whether one appears offline is kept by the server, and may be from before. */
  #hideAgain(): void {
    const { store, server, log } = this.#context;
    const invisible = store.settings.get("invisible");
    if (invisible === undefined) return;
    server
      .ask("hide", invisible === "yes")
      .catch((error: unknown) => log.warn(`Being invisible was not repeated: ${String(error)}`));
  }
}
