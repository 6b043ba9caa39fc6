/** Deletes messages at the end of their retention: disappearing messages when they are due, others by the chat's setting. */
import { setImmediate } from "node:timers/promises";
import type { Params } from "../calls.ts";
import { EARLY_CHANGE_MS } from "../chats/changes.ts";
import type { Context } from "../context.ts";
import type { Keep } from "../model.ts";
import type { StoredChat } from "../store/chats.ts";
import type { Deletion } from "./deletion.ts";

/** Milliseconds between checks of the chats' settings, which are in days. */
const SWEEP_MS = 60 * 60_000;
/** Milliseconds to wait, so that messages of one burst are deleted together. */
const COALESCE_MS = 250;
/** Milliseconds before the next attempt after a failure, such as a full disk. */
const RETRY_MS = 60_000;
const DAY_MS = 24 * 60 * 60_000;

const KEPT_DAYS: Readonly<Record<Exclude<Keep, "forever" | "off">, number>> = { "90d": 90, "7d": 7, "1d": 1 };

export class Retention {
  readonly #context: Pick<Context, "store" | "chats" | "log">;
  readonly #deletion: Deletion;
  #work: Promise<void> = Promise.resolve();
  #sweep: NodeJS.Timeout | undefined;
  #alarm: { readonly due: number; readonly timer: NodeJS.Timeout } | undefined;
  #closed = false;

  constructor(context: Pick<Context, "store" | "chats" | "log">, deletion: Deletion) {
    this.#context = context;
    this.#deletion = deletion;
    context.store.onOutcome(() => this.#setAlarm());
  }

  /** Starts the checks, the first of them at once. */
  start(): void {
    this.#alone(async () => {
      for (const chat of [...this.#context.store.chats.all()])
        if (chat.keep === "off") await this.#deletion.deleteSeen(chat.id);
    });
    this.#sweepNow();
    this.#setAlarm(0);
  }

  /** Sets a chat's retention, and applies it to existing messages at once. */
  async setKeep({ chat: id, keep }: Params<"setKeep">): Promise<void> {
    const { store, chats } = this.#context;
    const changed = store.transaction(() =>
      chats.change(store.chats.ensure(id), { keep: keep === "forever" ? undefined : keep }),
    );
    await this.#run(() => (keep === "off" ? this.#deletion.deleteSeen(id) : this.#deleteOld(changed)));
  }

  /** Deletes the read messages of a chat that was closed on screen, if its retention is "off". */
  async putAway({ chat: id }: Params<"putAway">): Promise<void> {
    if (this.#context.store.chats.get(id)?.keep !== "off") return;
    await this.#run(() => this.#deletion.deleteSeen(id));
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#sweep);
    clearTimeout(this.#alarm?.timer);
  }

  #sweepNow(): void {
    this.#alone(async () => {
      for (const chat of [...this.#context.store.chats.all()]) {
        await this.#deleteOld(chat);
        await this.#deletion.deleteStaleChanges(chat.id, Date.now() - EARLY_CHANGE_MS);
      }
    });
    this.#sweep = setTimeout(() => this.#sweepNow(), SWEEP_MS);
  }

  async #deleteOld({ id, keep }: StoredChat): Promise<void> {
    if (keep === undefined || keep === "off") return;
    await this.#deletion.deleteOlder(id, Date.now() - KEPT_DAYS[keep] * DAY_MS);
  }

  /** Sets a timer for the next due message. @param leastMs the least delay, in milliseconds */
  #setAlarm(leastMs = COALESCE_MS): void {
    const { next } = this.#context.store.expiries;
    if (this.#closed || next === this.#alarm?.due) return;
    clearTimeout(this.#alarm?.timer);
    this.#alarm = undefined;
    if (next === Number.POSITIVE_INFINITY) return;
    // At most an hour, since the clock may be set forward, and a timer cannot run for a month.
    const wait = Math.min(Math.max(next - Date.now(), leastMs), SWEEP_MS);
    this.#alarm = { due: next, timer: setTimeout(() => this.#deleteDue(), wait) };
  }

  #deleteDue(): void {
    this.#alarm = undefined;
    this.#alone(
      () => this.#deletion.deleteDue(),
      (failed) => this.#setAlarm(failed ? RETRY_MS : COALESCE_MS),
    );
  }

  /** Runs work in the background and logs its errors. */
  #alone(work: () => Promise<void>, then: (failed: boolean) => void = () => {}): void {
    this.#run(work).then(
      () => then(false),
      (error: unknown) => {
        this.#context.log.error(`Could not delete messages at the end of their retention: ${String(error)}`);
        then(true);
      },
    );
  }

  /** Runs work in sequence, never in the caller's turn of the event loop. @throws the error of the work */
  #run(work: () => Promise<void>): Promise<void> {
    const done = this.#work.then(async () => {
      await setImmediate();
      if (this.#context.store.isOpen) await work();
    });
    this.#work = done.catch(() => {});
    return done;
  }
}
