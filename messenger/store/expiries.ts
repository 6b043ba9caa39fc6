/**
 * Until when messages stay that are to disappear. When is sealed, like every time; that a message has an expiry is not.
 * All are known in memory, so that due messages are found without opening the history.
 */
import * as v from "valibot";
import { idBytes, type MessageId } from "../../protocol/names.ts";
import { blob, integer, messageIdOf, type Row } from "./columns.ts";
import type { Database } from "./database.ts";
import { type ChatNumber, chatNumber } from "./numbers.ts";
import { SealError, type StoreKey } from "./seal.ts";

const ExpirySchema = v.object({
  seconds: v.pipe(v.number(), v.safeInteger(), v.minValue(1)),
  due: v.optional(v.pipe(v.number(), v.safeInteger(), v.minValue(0))),
});

export interface Expiry {
  /** How long the message stays once that counts. */
  readonly seconds: number;
  /** Until when, Unix time in milliseconds by our clock; not yet known of one of ours that has not left. */
  readonly due?: number | undefined;
}

/** A message without its content. */
export interface MessagePlace {
  readonly position: number;
  readonly id: MessageId;
}

interface Expiring extends MessagePlace {
  readonly chat: ChatNumber;
  readonly due: number | undefined;
}

/** A message whose time of expiry is damaged is due at once. */
const DAMAGED: Expiry = { seconds: 1, due: 0 };

export class Expiries {
  readonly #database: Database;
  readonly #key: StoreKey;
  readonly #expiring = new Map<number, Expiring>();
  /** Undefined: to be looked up. */
  #next: number | undefined;

  constructor(database: Database, key: StoreKey) {
    this.#database = database;
    this.#key = key;
    this.load();
  }

  /** Reads everything from the disk again, for example after a transaction was rolled back. */
  load(): void {
    this.#next = undefined;
    this.#expiring.clear();
    const rows = this.#database
      .statement("SELECT position, chat, id, expiry FROM message WHERE expiry IS NOT NULL")
      .all();
    for (const row of rows) {
      const position = integer(row, "position");
      const due = this.of(row)?.due;
      this.#expiring.set(position, { position, id: messageIdOf(row), chat: chatNumber(row), due });
    }
  }

  /** @param row of a message, whole */
  of(row: Row): Expiry | undefined {
    if (row["expiry"] === null) return undefined;
    try {
      const sealed = this.#key.open(blob(row, "expiry"), place(integer(row, "position")));
      return v.parse(ExpirySchema, JSON.parse(Buffer.from(sealed).toString("utf8")));
    } catch (error) {
      if (error instanceof SealError || error instanceof SyntaxError || error instanceof v.ValiError)
        return DAMAGED;
      throw error;
    }
  }

  /** Adds an expiry. Inside a transaction. */
  put(message: MessagePlace & { readonly chat: ChatNumber }, { seconds, due }: Expiry): void {
    const { position, id, chat } = message;
    const sealed = this.#key.seal(Buffer.from(JSON.stringify({ seconds, due }), "utf8"), place(position));
    this.#database
      .statement("UPDATE message SET expiry = ? WHERE chat = ? AND id = ?")
      .run(sealed, chat, idBytes(id));
    this.#expiring.set(position, { position, id, chat, due });
    this.#next = undefined;
  }

  /** Forgets the expiries of deleted messages. */
  forget(positions: readonly number[]): void {
    for (const position of positions) if (this.#expiring.delete(position)) this.#next = undefined;
  }

  /** @returns the messages due at that time (Unix, milliseconds), by chat */
  due(now: number): ReadonlyMap<ChatNumber, readonly MessagePlace[]> {
    const due = new Map<ChatNumber, MessagePlace[]>();
    for (const one of this.#expiring.values()) {
      if (one.due === undefined || one.due > now) continue;
      const others = due.get(one.chat);
      if (others === undefined) due.set(one.chat, [one]);
      else others.push(one);
    }
    return due;
  }

  /** Returns when the next message is due; Infinity where none is. */
  get next(): number {
    if (this.#next !== undefined) return this.#next;
    let next = Number.POSITIVE_INFINITY;
    for (const { due } of this.#expiring.values()) if (due !== undefined && due < next) next = due;
    this.#next = next;
    return next;
  }
}

function place(position: number) {
  return { table: "message", column: "expiry", row: position };
}
