/**
 * Hands mail to one person: straight to their connection while they keep up, otherwise into their mailbox.
 * The sender hears what became of it when it is true, not before.
 */

import type { Username } from "../protocol/names.ts";
import { ErrorCode } from "../protocol/wire/parley_pb.ts";
import { MAILBOX_ENTRY_BYTES } from "./limits.ts";
import type { Counts } from "./metrics/counts.ts";
import { type Outbox, type Outcome, type Parcel, tellWhenCommitted } from "./outbox.ts";
import { Refusal } from "./refusal.ts";
import type { Mail, Store } from "./store/store.ts";

export type Unposted = Omit<Mail, "place">;
export type Settle = (outcome: Outcome) => void;

export class Post {
  readonly #store: Store;
  readonly #outboxOf: (name: Username) => Outbox | undefined;
  readonly #clock: () => number;
  readonly #counts: Counts;

  constructor(
    store: Store,
    outboxOf: (name: Username) => Outbox | undefined,
    clock: () => number,
    counts: Counts,
  ) {
    this.#store = store;
    this.#outboxOf = outboxOf;
    this.#clock = clock;
    this.#counts = counts;
  }

  /** Mail that needs the disk only where its recipient cannot take it now. @throws Refusal MAILBOX_FULL */
  forward(unposted: Unposted, settle: Settle): void {
    const outbox = this.#outboxOf(unposted.recipient);
    const parcel = this.#parcel(unposted, settle);
    if (outbox?.ready(unposted.body.length)) {
      this.#counts.relayed += 1;
      outbox.send(parcel);
      return;
    }
    this.#put(parcel);
    outbox?.followMailbox();
    tellWhenCommitted(this.#store, parcel);
  }

  /**
   * Mail that must be on disk together with what `change` writes: both or neither.
   * @throws Refusal MAILBOX_FULL, and what `change` throws; nothing is changed then.
   */
  file(unposted: Unposted, settle: Settle, change: () => void): void {
    const parcel = this.#parcel(unposted, settle);
    this.#store.atomically(() => {
      change();
      this.#put(parcel);
    });
    const outbox = this.#outboxOf(unposted.recipient);
    if (outbox === undefined) tellWhenCommitted(this.#store, parcel);
    else outbox.stored(parcel);
  }

  /**
   * As `file`, but the sender hears that it is stored and never that it arrived, which would tell that the recipient
   * is there.
   */
  leave(unposted: Unposted, settle: Settle, change: () => void): void {
    const parcel = this.#parcel(unposted, settle);
    this.#store.atomically(() => {
      change();
      this.#put(parcel);
    });
    tellWhenCommitted(this.#store, parcel);
    this.#outboxOf(unposted.recipient)?.followMailbox();
  }

  /**
   * As `file` for somebody away, but the recipient is never to have it: written and taken out again in one
   * transaction, so that the sender gets the same answer at the same pace.
   * @throws Refusal MAILBOX_FULL, and what `change` throws; nothing is changed then.
   */
  discard(unposted: Unposted, settle: Settle, change: () => void): void {
    const parcel = this.#parcel(unposted, settle);
    this.#store.atomically(() => {
      change();
      this.#put(parcel);
      this.#store.mailbox.remove(parcel.mail.place);
    });
    tellWhenCommitted(this.#store, parcel);
  }

  #parcel(unposted: Unposted, settle: Settle): Parcel {
    const place = this.#store.mailbox.nextPlace();
    return {
      mail: { ...unposted, body: ownBytes(unposted.body), place },
      stored: false,
      since: performance.now(),
      settle,
    };
  }

  #put(parcel: Parcel): void {
    if (!this.#store.mailbox.put(parcel.mail, this.#clock()))
      throw new Refusal(ErrorCode.MAILBOX_FULL, "the mailbox of the addressee is full", {
        conversation: parcel.mail.conversation,
      });
    parcel.stored = true;
  }
}

/**
 * A body is a view into the record it came in, and would keep all of it in memory until it is confirmed: a small one out of
 * a large record gets bytes of its own.
 */
function ownBytes(body: Uint8Array): Uint8Array {
  return body.buffer.byteLength <= 2 * body.length + MAILBOX_ENTRY_BYTES ? body : new Uint8Array(body);
}
