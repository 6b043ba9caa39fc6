/**
 * Deliveries under way to one online user, bounded. Each carries an id that the client confirms. The mail of one sender goes out
 * in the order of its places: straight from the sender while the user keeps up with them, and from the mailbox once something of
 * theirs waits there, until that has drained. Senders do not wait for each other. Nothing leaves memory but by being confirmed or
 * written to the mailbox.
 */
import type { Username } from "../../protocol/names.ts";
import { Opcode } from "../../protocol/wire/parley_pb.ts";
import type { Worker } from "../gateway/fair-share.ts";
import { allAtOnce, inPieces, type Pieces } from "../gateway/pieces.ts";
import type { ServerLimits } from "../limits.ts";
import type { Counts } from "../operations/metrics/counts.ts";
import type { Mail, Store } from "../store/store.ts";
import { StoreBusy } from "../store/store-busy.ts";
import { BLOCK_BYTES } from "./body-copies.ts";
import { Window } from "./window.ts";

/** The outcome of a piece of mail, reported to its sender once, and only after it is true on disk. */
export type Outcome = "received" | "stored" | "mailbox-full" | "busy" | "failed";

/** A sender waiting for the outcome of their mail. */
interface Awaited {
  /** Monotonic milliseconds. */
  readonly since: number;
  /** Absent once the sender was answered, and for mail whose sender was answered before a restart. */
  settle: ((outcome: Outcome) => void) | undefined;
}

/** Mail on its way. */
export interface Parcel {
  readonly mail: Mail;
  readonly awaited: Awaited;
  /** In the mailbox already (which outlives us), or only here. */
  stored: boolean;
}

/** Rows read from the mailbox at once: at most about a megabyte. */
const ROWS_AT_ONCE = 16;
/** Memory of a parcel beside its body. */
const PARCEL_BYTES = 400 + BLOCK_BYTES;
/**
 * Work units for one row whose sender does not wait any more, and for its bytes: its recipient pays, who could ask for the same rows
 * again and again by signing in and confirming nothing.
 */
const ROW_COST = 5;
const ROW_BYTES_PER_WORK_UNIT = 1024;

/** Written in one piece, some 20 µs each. */
const KEPT_A_PIECE = 16;

/** A sender some of whose mail may wait in the mailbox. */
interface Behind {
  /** Place of the last that was sent. */
  sentPlace: number;
  /** Of the next one, where it found no room: it is not read again before there is. */
  nextBytes: number;
}

export interface OutboxOptions {
  readonly recipient: Username;
  readonly store: Store;
  readonly limits: ServerLimits;
  /** Puts one delivery on the wire. */
  readonly send: (opcode: Opcode, id: number, body: Uint8Array) => void;
  /** Shares out the server's time: mail is read when it is the recipient's turn. */
  readonly inTurn: (worker: Worker) => void;
  /** Takes work units of the recipient's. @returns 0, or the milliseconds to wait until there are enough */
  readonly pay: (units: number) => number;
  readonly counts: Counts;
  /** The mailbox cannot be read; nothing more will be sent. */
  readonly failed: (error: unknown) => void;
  /** Unix milliseconds. */
  readonly clock: () => number;
}

export class Outbox {
  readonly #options: OutboxOptions;
  readonly #unconfirmed = new Map<number, Parcel>();
  /** Confirmed, and still in the mailbox: another program held the database. */
  readonly #collected: Mail[] = [];
  /** Senders who still wait for the outcome of stored, unsent mail, by place. The mail itself is read when it can be sent. */
  readonly #awaited = new Map<number, Awaited>();
  readonly #window: Window;
  /** In the order of their turns. Everything of all others was sent. */
  readonly #behind = new Map<Username, Behind>();
  /** Whether those are known whose mail waited before this user came. */
  #lookedUp = false;
  #lastId = 0;
  /** The highest place sent. */
  #sentPlace = 0;
  #pumpAsked = false;
  /** Until more may be read. */
  #rest: NodeJS.Timeout | undefined;
  /** Mail that waits too long for its confirmation is being written. */
  #keepsLate = false;
  #closed = false;

  constructor(options: OutboxOptions) {
    this.#options = options;
    this.#window = new Window(options.limits);
  }

  /** Memory of deliveries sent and not confirmed, bytes. */
  get unconfirmedBytes(): number {
    return this.#window.bytes + this.#window.items * PARCEL_BYTES;
  }

  /** @returns whether mail of this size may go straight out. */
  ready(sender: Username, bytes: number): boolean {
    return (
      !this.#closed && this.#lookedUp && !this.#behind.has(sender) && this.#window.hasRoom(sender, bytes)
    );
  }

  /** Sends mail that is not in the mailbox. Only when `ready`, with a fresh place. */
  send(parcel: Parcel): void {
    this.#lastId += 1;
    this.#unconfirmed.set(this.#lastId, parcel);
    const { sender, opcode, place, body } = parcel.mail;
    this.#window.sent(sender, body.length);
    this.#sentPlace = Math.max(this.#sentPlace, place);
    this.#options.send(opcode, this.#lastId, body);
  }

  /** `parcel` was written to the mailbox; it goes out in its turn, once committed. */
  stored({ mail: { place, sender }, awaited }: Parcel): void {
    if (this.#closed) return;
    this.#awaited.set(place, awaited);
    this.#options.store.committed().catch(() => {
      this.#awaited.delete(place);
      tell(awaited, "failed");
    });
    this.followMailbox(sender);
  }

  /** Mail of that sender was put into the mailbox: any further mail of theirs must queue behind it. */
  followMailbox(sender: Username): void {
    if (!this.#behind.has(sender)) this.#behind.set(sender, { sentPlace: this.#sentPlace, nextBytes: 0 });
    this.wake();
  }

  /** Sends mail that waits in the mailbox as far as there is room; reads only committed rows. */
  wake(): void {
    if (this.#pumpAsked || this.#closed) return;
    this.#pumpAsked = true;
    const pump = () => {
      this.#pumpAsked = false;
      this.#options.inTurn(this.#pumping);
    };
    // After a failed commit the rows are gone, and pumping finds that out.
    this.#options.store.committed().then(pump, pump);
  }

  /** The client has delivery `id`. @returns false for an id that was never given out, or is confirmed already. */
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

  /** A row that cannot be removed now is removed at the next tick; where the connection ends before, it comes again and is known by its id. */
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

  /** Stores mail that has waited too long for its confirmation, so that its sender need not wait as well. */
  tick(now: number): void {
    const overdue = ({ since }: Awaited) => now - since >= this.#options.limits.confirmDeadlineMs;
    const [first] = this.#unconfirmed.values();
    if (first !== undefined && overdue(first.awaited)) this.#keepLate(overdue);
    for (const [place, awaited] of this.#awaited) {
      if (!overdue(awaited)) break;
      this.#awaited.delete(place);
      tellWhenCommitted(this.#options.store, awaited);
    }
    this.#remove(this.#collected.splice(0));
  }

  /**
   * The connection is over: unconfirmed mail goes to the mailbox, when it is the user's turn. A request on the user's next connection
   * has its turn after that, and so finds the mail there.
   */
  close(): void {
    const left = this.#end();
    if (left.length > 0) this.#options.inTurn(inPieces(this.#kept(left), this.#options.failed));
  }

  /** As `close`, with all of it written when it returns: the server stops. */
  closeNow(): void {
    allAtOnce(this.#kept(this.#end()));
  }

  /** @returns the unconfirmed mail */
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

  #keepLate(overdue: (awaited: Awaited) => boolean): void {
    if (this.#keepsLate) return;
    this.#keepsLate = true;
    const late = this.#kept(this.#late(overdue), () => {
      this.#keepsLate = false;
    });
    this.#options.inTurn(inPieces(late, this.#options.failed));
  }

  /** In the order sent, so the first that is not overdue ends the search. Mail that is confirmed meanwhile is not met any more. */
  *#late(overdue: (awaited: Awaited) => boolean): Iterable<Parcel> {
    for (const parcel of this.#unconfirmed.values()) {
      if (!overdue(parcel.awaited)) return;
      if (parcel.awaited.settle !== undefined) yield parcel;
    }
  }

  *#kept(parcels: Iterable<Parcel>, done = () => {}): Pieces {
    let kept = 0;
    for (const parcel of parcels) {
      this.#keep(parcel);
      kept += 1;
      if (kept % KEPT_A_PIECE === 0) yield;
    }
    done();
  }

  #keep(parcel: Parcel): void {
    const { store } = this.#options;
    if (!parcel.stored) {
      try {
        parcel.stored = this.#store(parcel.mail);
      } catch (error) {
        tell(parcel.awaited, error instanceof StoreBusy ? "busy" : "failed");
        return;
      }
      if (!parcel.stored) {
        tell(parcel.awaited, "mailbox-full");
        return;
      }
    }
    tellWhenCommitted(store, parcel.awaited);
  }

  /** @returns false where there is no room. Of a sender who was blocked while it was under way, the mailbox gives nothing out. */
  #store(mail: Mail): boolean {
    const { store, clock } = this.#options;
    const now = clock();
    if (!store.mailbox.takes(mail, now)) return false;
    store.mailbox.put(mail, now);
    return true;
  }

  /** Where that cannot be written, a withdrawal may leave the addressee with a request that is no more, and nothing worse. */
  #show(place: number): void {
    try {
      this.#options.store.mailbox.show(place);
    } catch {
      // A full disk, say: `committed()` tells those who wait for it.
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

  /** Sends some of the mail of the sender whose turn it is. @returns whether there may be more that can go out now */
  #pump(): boolean {
    if (this.#closed) return false;
    this.#lookUp();
    for (const [sender, behind] of this.#behind) {
      if (!this.#window.hasRoom(sender, behind.nextBytes)) continue;
      this.#behind.delete(sender);
      const read = this.#sendFrom(sender, behind);
      // To the end of the line.
      if (read !== "all") this.#behind.set(sender, behind);
      return read !== "unpaid";
    }
    return false;
  }

  /** The senders with mail waiting. Read once: `followMailbox` reports later mail. */
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

  /** @returns false where the recipient has asked for too much; it goes on when there is enough again. */
  #paid({ body }: Mail): boolean {
    const units = ROW_COST + Math.floor(body.length / ROW_BYTES_PER_WORK_UNIT);
    const wait = this.#options.pay(units);
    if (wait === 0) return true;
    clearTimeout(this.#rest);
    this.#rest = setTimeout(() => this.wake(), wait);
    return false;
  }
}

function tell(awaited: Awaited, outcome: Outcome): void {
  const settle = awaited.settle;
  awaited.settle = undefined;
  settle?.(outcome);
}

/** Tells the sender "stored" once that is true. */
export function tellWhenCommitted(store: Store, awaited: Awaited): void {
  store.committed().then(
    () => tell(awaited, "stored"),
    () => tell(awaited, "failed"),
  );
}
