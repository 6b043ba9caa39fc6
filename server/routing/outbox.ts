/**
 * Deliveries in flight to one online user, bounded. Each has an id that the client confirms. One sender's
 * mail is sent in the order of its places: directly while the user keeps up, and from the mailbox once some
 * of it waits there, until that has drained. Senders do not wait for each other. Mail leaves memory only when
 * it is confirmed or written to the mailbox.
 */
import type { Username } from "../../protocol/names.ts";
import { Opcode } from "../../protocol/wire/parley_pb.ts";
import type { Worker } from "../gateway/fair-share.ts";
import { allAtOnce, inPieces } from "../gateway/pieces.ts";
import type { ServerLimits } from "../limits.ts";
import type { Counts } from "../operations/metrics/counts.ts";
import type { Mail, Store } from "../store/store.ts";
import { StoreBusy } from "../store/store-busy.ts";
import { type Awaited, type Parcel, tell, tellWhenCommitted } from "./awaited.ts";
import { BLOCK_BYTES } from "./body-copies.ts";
import { LateMail } from "./late-mail.ts";
import { Window } from "./window.ts";

/** Rows read from the mailbox at once: at most about a megabyte. */
const ROWS_AT_ONCE = 16;
/** Memory of a parcel beside its body. */
const PARCEL_BYTES = 400 + BLOCK_BYTES;
/**
 * Work units for one row whose sender no longer waits, and for its bytes. The recipient pays, since signing
 * in and confirming nothing would otherwise request the same rows again and again for free.
 */
const ROW_COST = 5;
const ROW_BYTES_PER_WORK_UNIT = 1024;

/** A sender who may have mail waiting in the mailbox. */
interface Behind {
  /** Place of the last mail sent. */
  sentPlace: number;
  /** Size of the next mail, if there was no room for it: it is not read again before there is. */
  nextBytes: number;
}

export interface OutboxOptions {
  readonly recipient: Username;
  readonly store: Store;
  readonly limits: ServerLimits;
  /** Sends one delivery. */
  readonly send: (opcode: Opcode, id: number, body: Uint8Array) => void;
  /** Schedules work fairly: mail is read when it is the recipient's turn. */
  readonly inTurn: (worker: Worker) => void;
  /**
   * Takes work units from the recipient.
   * @returns 0, or the milliseconds to wait until there are enough
   */
  readonly pay: (units: number) => number;
  readonly counts: Counts;
  /** Called when the mailbox cannot be read; nothing more will be sent. */
  readonly failed: (error: unknown) => void;
  /** Unix milliseconds. */
  readonly clock: () => number;
}

export class Outbox {
  readonly #options: OutboxOptions;
  readonly #unconfirmed = new Map<number, Parcel>();
  /** Confirmed, but still in the mailbox, because another program locked the database. */
  readonly #collected: Mail[] = [];
  /**
   * Senders who still wait for the outcome of stored, unsent mail, by place. The mail itself is read when it
   * can be sent.
   */
  readonly #awaited = new Map<number, Awaited>();
  readonly #window: Window;
  readonly #late: LateMail;
  /** Senders with waiting mail, in the order of their turns. All mail of other senders was sent. */
  readonly #behind = new Map<Username, Behind>();
  /** Whether senders whose mail waited before this user signed in have been looked up. */
  #lookedUp = false;
  #lastId = 0;
  /** The highest place sent. */
  #sentPlace = 0;
  #pumpAsked = false;
  /** Runs while waiting until the recipient can pay for more. */
  #rest: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(options: OutboxOptions) {
    this.#options = options;
    this.#window = new Window(options.limits);
    this.#late = new LateMail(options);
  }

  /** Memory of deliveries that were sent and not confirmed, bytes. */
  get unconfirmedBytes(): number {
    return this.#window.bytes + this.#window.items * PARCEL_BYTES;
  }

  /** Returns whether mail of this size may be sent directly. */
  ready(sender: Username, bytes: number): boolean {
    return (
      !this.#closed && this.#lookedUp && !this.#behind.has(sender) && this.#window.hasRoom(sender, bytes)
    );
  }

  /** Sends mail that is not in the mailbox. Call only when `ready`, with a new place. */
  send(parcel: Parcel): void {
    this.#lastId += 1;
    this.#unconfirmed.set(this.#lastId, parcel);
    const { sender, opcode, place, body } = parcel.mail;
    this.#window.sent(sender, body.length);
    this.#sentPlace = Math.max(this.#sentPlace, place);
    this.#options.send(opcode, this.#lastId, body);
  }

  /** Queues mail that was written to the mailbox; it is sent in its turn, once committed. */
  stored({ mail: { place, sender }, awaited }: Parcel): void {
    if (this.#closed) return;
    this.#awaited.set(place, awaited);
    this.#options.store.committed().catch(() => {
      this.#awaited.delete(place);
      tell(awaited, "failed");
    });
    this.followMailbox(sender);
  }

  /** Records that mail of that sender was put into the mailbox: their further mail must queue behind it. */
  followMailbox(sender: Username): void {
    if (!this.#behind.has(sender)) this.#behind.set(sender, { sentPlace: this.#sentPlace, nextBytes: 0 });
    this.wake();
  }

  /** Sends waiting mail from the mailbox as far as there is room; reads only committed rows. */
  wake(): void {
    if (this.#pumpAsked || this.#closed) return;
    this.#pumpAsked = true;
    const pump = () => {
      this.#pumpAsked = false;
      this.#options.inTurn(this.#pumping);
    };
    // After a failed commit the rows are gone; pumping then finds none.
    this.#options.store.committed().then(pump, pump);
  }

  /**
   * Handles the confirmation of delivery `id`.
   * @returns false for an id that was never used, or is already confirmed
   */
  confirm(id: number): boolean {
    const parcel = this.#unconfirmed.get(id);
    if (parcel === undefined) return false;
    this.#unconfirmed.delete(id);
    this.#window.confirmed(parcel.mail.sender, parcel.mail.body.length);
    tell(parcel.awaited, "received");
    if (this.#behind.size > 0) this.wake();
    // A request stays until it is answered or withdrawn, and is shown again at the next sign-in.
    if (parcel.stored && parcel.mail.opcode !== Opcode.RTT) {
      this.#options.counts.collected += 1;
      this.#remove([parcel.mail]);
    }
    return true;
  }

  /**
   * Removes confirmed rows. A row that cannot be removed now is removed at the next tick; if the connection
   * ends before, it is delivered again and the client recognises its id.
   */
  #remove(collected: readonly Mail[]): void {
    const { store } = this.#options;
    for (const mail of collected)
      try {
        store.mailbox.remove(mail);
      } catch (error) {
        if (!(error instanceof StoreBusy)) throw error;
        this.#collected.push(mail);
      }
  }

  /** Stores mail that has waited too long for its confirmation, so that its sender does not wait as well. */
  tick(now: number): void {
    const overdue = ({ since }: Awaited) => now - since >= this.#options.limits.confirmDeadlineMs;
    const [first] = this.#unconfirmed.values();
    if (first !== undefined && overdue(first.awaited)) this.#late.keepLate(this.#unconfirmed, overdue);
    for (const [place, awaited] of this.#awaited) {
      if (!overdue(awaited)) break;
      this.#awaited.delete(place);
      tellWhenCommitted(this.#options.store, awaited);
    }
    this.#remove(this.#collected.splice(0));
  }

  /**
   * Ends with the connection: writes unconfirmed mail to the mailbox when it is the user's turn. A request on
   * the user's next connection has its turn after that, and so finds the mail there.
   */
  close(): void {
    const left = this.#end();
    if (left.length > 0) this.#options.inTurn(inPieces(this.#late.kept(left), this.#options.failed));
  }

  /** Ends as `close` does, but writes everything before it returns, because the server stops. */
  closeNow(): void {
    allAtOnce(this.#late.kept(this.#end()));
  }

  /**
   * Ends the outbox.
   * @returns the unconfirmed mail
   */
  #end(): Parcel[] {
    if (this.#closed) return [];
    this.#closed = true;
    clearTimeout(this.#rest);
    const left = [...this.#unconfirmed.values()];
    for (const awaited of this.#awaited.values()) tellWhenCommitted(this.#options.store, awaited);
    this.#unconfirmed.clear();
    this.#window.clear();
    this.#behind.clear();
    this.#awaited.clear();
    return left;
  }

  /**
   * Records that a request was shown. If that cannot be written, the addressee may only keep seeing a request
   * that is later withdrawn.
   */
  #show(place: number): void {
    try {
      this.#options.store.mailbox.show(place);
    } catch {
      // E.g. a full disk: `committed()` reports it to waiting callers.
    }
  }

  readonly #pumping: Worker = {
    take: () => {
      try {
        return this.#pump();
      } catch (error) {
        this.#options.failed(error);
        return false;
      }
    },
  };

  /**
   * Sends some mail of the sender whose turn it is.
   * @returns whether more may be sent now
   */
  #pump(): boolean {
    if (this.#closed) return false;
    this.#lookUp();
    for (const [sender, behind] of this.#behind) {
      if (!this.#window.hasRoom(sender, behind.nextBytes)) continue;
      this.#behind.delete(sender);
      const read = this.#sendFrom(sender, behind);
      // Moved to the end of the queue.
      if (read !== "all") this.#behind.set(sender, behind);
      return read !== "unpaid";
    }
    return false;
  }

  /** Looks up the senders with mail waiting. Once only: `followMailbox` reports later mail. */
  #lookUp(): void {
    if (this.#lookedUp) return;
    this.#lookedUp = true;
    const { store, recipient } = this.#options;
    for (const sender of store.mailbox.senders(recipient))
      this.#behind.set(sender, { sentPlace: 0, nextBytes: 0 });
  }

  /** Sends some of one sender's waiting mail. */
  #sendFrom(sender: Username, behind: Behind): "all" | "some" | "unpaid" {
    const { store, recipient } = this.#options;
    const rows = store.mailbox.after(recipient, sender, behind.sentPlace, ROWS_AT_ONCE);
    for (const mail of rows) {
      behind.nextBytes = mail.body.length;
      if (!this.#window.hasRoom(sender, mail.body.length)) return "some";
      const awaited = this.#awaited.get(mail.place);
      if (awaited === undefined && !this.#paid(mail)) return "unpaid";
      if (mail.opcode === Opcode.RTT) this.#show(mail.place);
      this.#awaited.delete(mail.place);
      const nobody = { since: performance.now(), settle: undefined };
      this.send({ mail, stored: true, awaited: awaited ?? nobody });
      behind.sentPlace = mail.place;
    }
    behind.nextBytes = 0;
    return rows.length < ROWS_AT_ONCE ? "all" : "some";
  }

  /**
   * Takes the work units for a row.
   * @returns false if the recipient has to wait; sending resumes when there are enough again
   */
  #paid({ body }: Mail): boolean {
    const units = ROW_COST + Math.floor(body.length / ROW_BYTES_PER_WORK_UNIT);
    const wait = this.#options.pay(units);
    if (wait === 0) return true;
    clearTimeout(this.#rest);
    this.#rest = setTimeout(() => this.wake(), wait);
    return false;
  }
}
