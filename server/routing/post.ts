/**
 * Delivers mail to one person: directly to their connection while they keep up, otherwise to their mailbox.
 * The sender gets an outcome only after it has happened.
 */

import type { Username } from "../../protocol/names.ts";
import { ErrorCode } from "../../protocol/wire/parley_pb.ts";
import { Refusal } from "../gateway/refusal.ts";
import type { Counts } from "../operations/metrics/counts.ts";
import type { Mail, Store } from "../store/store.ts";
import { words } from "../words/words.ts";
import { type Outcome, type Parcel, tellWhenCommitted } from "./awaited.ts";
import { BodyCopies } from "./body-copies.ts";
import type { Outbox } from "./outbox.ts";

export interface Unposted extends Omit<Mail, "place"> {
  /**
   * Stored whether or not there is room: the end of a conversation that its recipient knows, and a request
   * between people who have talked. There is at most one of either for each conversation or pair, and it
   * counts like any other mail.
   */
  readonly always?: true;
}
export type Settle = (outcome: Outcome) => void;

export class Post {
  readonly #store: Store;
  readonly #outboxOf: (name: Username) => Outbox | undefined;
  readonly #clock: () => number;
  readonly #counts: Counts;
  readonly #copies = new BodyCopies();

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

  /**
   * Delivers mail that is stored only if its recipient cannot take it now.
   * @throws Refusal MAILBOX_FULL
   */
  forward(unposted: Unposted, settle: Settle): void {
    const outbox = this.#outboxOf(unposted.recipient);
    if (outbox?.ready(unposted.sender, unposted.body.length)) {
      this.#counts.relayed += 1;
      outbox.send(this.#parcel(unposted, settle, this.#copies.of(unposted.body)));
      return;
    }
    const parcel = this.#parcel(unposted, settle);
    this.#requireRoom(unposted, parcel);
    this.#put(parcel);
    outbox?.followMailbox(unposted.sender);
    tellWhenCommitted(this.#store, parcel.awaited);
  }

  /**
   * Stores mail in one transaction with the rows that `change` writes.
   * @throws Refusal MAILBOX_FULL, and errors of `change`; nothing is changed then.
   */
  file(unposted: Unposted, settle: Settle, change: () => void): void {
    const parcel = this.#parcel(unposted, settle);
    this.#requireRoom(unposted, parcel);
    this.#put(parcel, change);
    const outbox = this.#outboxOf(unposted.recipient);
    if (outbox === undefined) tellWhenCommitted(this.#store, parcel.awaited);
    else outbox.stored(parcel);
  }

  /**
   * Stores as `file` does, but reports only "stored" and never "received", which would reveal that the
   * recipient is online.
   */
  leave(unposted: Unposted, settle: Settle, change: () => void): void {
    const parcel = this.#parcel(unposted, settle);
    this.#requireRoom(unposted, parcel);
    this.#put(parcel, change);
    tellWhenCommitted(this.#store, parcel.awaited);
    this.#outboxOf(unposted.recipient)?.followMailbox(unposted.sender);
  }

  /**
   * Stores as `file` does for an offline recipient, but the recipient never gets the mail: it takes the same
   * steps and counts against its sender for as long, so that the sender gets the same answers at the same
   * pace.
   * @throws Refusal MAILBOX_FULL, and errors of `change`; nothing is changed then.
   */
  discard(unposted: Unposted, settle: Settle, change?: () => void): void {
    const parcel = this.#parcel(unposted, settle);
    this.#requireRoom(unposted, parcel);
    this.#put(parcel, change);
    tellWhenCommitted(this.#store, parcel.awaited);
  }

  /**
   * Does what `leave` does, but stores nothing: for the end of something that its recipient has never seen.
   */
  drop(unposted: Unposted, settle: Settle, change: () => void): void {
    const parcel = this.#parcel(unposted, settle);
    this.#store.atomically(() => {
      change();
      this.#store.mailbox.drop(parcel.mail, this.#clock());
    });
    tellWhenCommitted(this.#store, parcel.awaited);
  }

  /**
   * @param body kept in memory until it is confirmed; a body that is stored on disk needs no copy in memory
   */
  #parcel(unposted: Unposted, settle: Settle, body = unposted.body): Parcel {
    const { recipient, sender, opcode, conversation, message } = unposted;
    const place = this.#store.mailbox.nextPlace();
    // Field by field: spreading an object costs more than the rest of a message's processing here.
    return {
      mail: { place, recipient, sender, opcode, conversation, message, body },
      stored: false,
      awaited: { since: performance.now(), settle },
    };
  }

  /** Checked before anything is written, since undoing a write costs more. */
  #requireRoom({ always }: Unposted, { mail }: Parcel): void {
    if (always || this.#store.mailbox.takes(mail, this.#clock())) return;
    throw new Refusal(ErrorCode.MAILBOX_FULL, words.refusals.message.noRoom, {
      conversation: mail.conversation,
    });
  }

  #put(parcel: Parcel, change?: () => void): void {
    const put = () => this.#store.mailbox.put(parcel.mail, this.#clock());
    if (change === undefined) put();
    else
      this.#store.atomically(() => {
        change();
        put();
      });
    parcel.stored = true;
  }
}
