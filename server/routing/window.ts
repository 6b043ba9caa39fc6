/**
 * Bounds the mail that is sent to one user and not confirmed, and shares the room between its senders, so
 * that a sender who sends more than the user's client can process delays only themself. Each sender takes at
 * most a quarter of the room that the others leave free; a sender with nothing in flight may always send one
 * delivery while there is any room, and a small one even without, so that no number of colluding senders can
 * block others. There is at most one such small delivery for each contact, and the number of contacts is
 * bounded.
 */
import type { Username } from "../../protocol/names.ts";
import type { ServerLimits } from "../limits.ts";
import { isWithinShare } from "./mail-share.ts";

/** Changed in place: every message is counted here twice. */
interface Load {
  items: number;
  bytes: number;
}
/** The largest share of the window that counts as a small delivery: 4 KiB, as most texts. */
const SMALL_PART = 1 / 256;
const NOTHING: Readonly<Load> = { items: 0, bytes: 0 };
/** This many senders with nothing in flight keep their entries, since most send again soon. */
const IDLE_SENDERS = 16;

export class Window {
  readonly #bound: Readonly<Load>;
  readonly #of = new Map<Username, Load>();
  readonly #all: Load = { items: 0, bytes: 0 };

  constructor({
    unconfirmedItems,
    unconfirmedBytes,
  }: Pick<ServerLimits, "unconfirmedItems" | "unconfirmedBytes">) {
    this.#bound = { items: unconfirmedItems, bytes: unconfirmedBytes };
  }

  /** The total of all senders. */
  get items(): number {
    return this.#all.items;
  }
  get bytes(): number {
    return this.#all.bytes;
  }

  /** Returns whether a delivery of that size may be sent. */
  hasRoom(sender: Username, bytes: number): boolean {
    const own = this.#of.get(sender) ?? NOTHING;
    const [bound, all] = [this.#bound, this.#all];
    const isFree = all.items < bound.items && all.bytes < bound.bytes;
    if (own.items === 0 && (isFree || bytes <= bound.bytes * SMALL_PART)) return true;
    return (
      isWithinShare({ bound: bound.items, others: all.items - own.items, own: own.items }, 1) &&
      isWithinShare({ bound: bound.bytes, others: all.bytes - own.bytes, own: own.bytes }, bytes)
    );
  }

  sent(sender: Username, bytes: number): void {
    this.#add(sender, 1, bytes);
  }

  confirmed(sender: Username, bytes: number): void {
    this.#add(sender, -1, -bytes);
  }

  clear(): void {
    this.#of.clear();
    this.#all.items = this.#all.bytes = 0;
  }

  #add(sender: Username, items: number, bytes: number): void {
    const all = this.#all;
    all.items += items;
    all.bytes += bytes;
    const own = this.#of.get(sender);
    if (own === undefined) {
      this.#of.set(sender, { items, bytes });
      return;
    }
    own.items += items;
    own.bytes += bytes;
    if (own.items === 0 && this.#of.size > IDLE_SENDERS) this.#of.delete(sender);
  }
}
