/** Emits change events. During a transaction they are held back until it is on disk. */
import type { MessengerEmitter } from "./events.ts";
import type { MessengerLog } from "./model.ts";
import type { Store } from "./store/store.ts";

export class News {
  readonly #emitter: MessengerEmitter;
  readonly #log: MessengerLog;
  readonly #store: Store;
  #held: (() => void)[] = [];
  #changed: NodeJS.Immediate | undefined;
  #closed = false;

  constructor(emitter: MessengerEmitter, store: Store, log: MessengerLog) {
    this.#emitter = emitter;
    this.#store = store;
    this.#log = log;
    store.onOutcome((outcome) => {
      const held = this.#held;
      this.#held = [];
      if (outcome === "committed") for (const tell of held) tell();
    });
  }

  /** Calls `tell` at once or, during a transaction, after its commit. A rollback discards it. */
  whenTrue(tell: () => void): void {
    if (this.#store.inTransaction) this.#held.push(tell);
    else tell();
  }

  /** Emits "changed", once for any number of changes in one turn of the event loop. */
  changed(): void {
    if (this.#closed) return;
    this.#changed ??= setImmediate(() => {
      this.#changed = undefined;
      this.safely(() => this.#emitter.emit("changed", {}));
    });
  }

  /** Runs `emit` and logs its errors, since a throwing listener must not stop the caller: a message would stay unconfirmed. */
  safely(emit: () => void): void {
    try {
      emit();
    } catch (error) {
      this.#log.error(`A listener failed: ${error instanceof Error ? error.stack : String(error)}`);
    }
  }

  close(): void {
    this.#closed = true;
    this.#held = [];
    clearImmediate(this.#changed);
    this.#changed = undefined;
  }
}
