/**
 * Hands mail to one person: straight to their connection while they keep up, otherwise into their mailbox.
 * The sender gets the outcome when it is true, not before.
 */

import type { Username } from "../../protocol/names.ts";
import { ErrorCode } from "../../protocol/wire/parley_pb.ts";
import { Refusal } from "../gateway/refusal.ts";
import type { Counts } from "../operations/metrics/counts.ts";
import type { Mail, Store } from "../store/store.ts";
import { words } from "../words/words.ts";
import { BodyCopies } from "./body-copies.ts";
import { type Outbox, type Outcome, type Parcel, tellWhenCommitted } from "./outbox.ts";

export interface Unposted extends Omit<Mail, "place"> {
  /**
   * Stored whether or not there is room: the end of a conversation that its recipient knows of, and a request between people
   * who have talked. There is at most one of either for each conversation or pair, and it counts like anything else.
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

  /** Mail that needs the disk only where its recipient cannot take it now. @throws Refusal MAILBOX_FULL */
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
   * Mail that must be on disk together with the rows that `change` writes: both or neither.
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
   * As `file`, but the sender hears that it is stored and never that it arrived, which would tell that the recipient
   * is there.
   */
  leave(unposted: Unposted, settle: Settle, change: () => void): void {
    const parcel = this.#parcel(unposted, settle);
    this.#requireRoom(unposted, parcel);
    this.#put(parcel, change);
    tellWhenCommitted(this.#store, parcel.awaited);
    this.#outboxOf(unposted.recipient)?.followMailbox(unposted.sender);
  }

  /**
   * As `file` for somebody away, but the recipient is never to have it: it takes the same steps and counts against its sender
   * for as long, so that the sender gets the same answers at the same pace.
   * @throws Refusal MAILBOX_FULL, and errors of `change`; nothing is changed then.
   */
  discard(unposted: Unposted, settle: Settle, change?: () => void): void {
    const parcel = this.#parcel(unposted, settle);
    this.#requireRoom(unposted, parcel);
    this.#put(parcel, change);
    tellWhenCommitted(this.#store, parcel.awaited);
  }

  /** As `leave`, and nothing stays: it would end something that its recipient never heard of. */
  drop(unposted: Unposted, settle: Settle, change: () => void): void {
    const parcel = this.#parcel(unposted, settle);
    this.#store.atomically(() => {
      change();
      this.#store.mailbox.drop(parcel.mail, this.#clock());
    });
    tellWhenCommitted(this.#store, parcel.awaited);
  }

  /** @param body kept in memory until it is confirmed; a body that goes to disk needs no memory of its own */
  #parcel(unposted: Unposted, settle: Settle, body = unposted.body): Parcel {
    const { recipient, sender, opcode, conversation, message } = unposted;
    const place = this.#store.mailbox.nextPlace();
    // Field by field: to spread an object into another costs more than all the rest of a message's way through here.
    return {
      mail: { place, recipient, sender, opcode, conversation, message, body },
      stored: false,
      awaited: { since: performance.now(), settle },
    };
  }

  /** Asked before anything is written: to undo costs more than to ask. */
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
