/**
 * How much is sent to one user and not confirmed: bounded, and shared out between its senders, so that one who sends more than the
 * user's client wants to work at waits alone. Each takes at most a quarter of what the others leave free, and one delivery in any case
 * while there is room at all.
 */
import type { Username } from "../protocol/names.ts";
import type { ServerLimits } from "./limits.ts";
import { isWithinShare } from "./mail-share.ts";

interface Load {
  readonly items: number;
  readonly bytes: number;
}
const NOTHING: Load = { items: 0, bytes: 0 };

export class Window {
  readonly #bound: Load;
  readonly #of = new Map<Username, Load>();
  #all = NOTHING;

  constructor({
    unconfirmedItems,
    unconfirmedBytes,
  }: Pick<ServerLimits, "unconfirmedItems" | "unconfirmedBytes">) {
    this.#bound = { items: unconfirmedItems, bytes: unconfirmedBytes };
  }

  /** Of all senders. */
  get items(): number {
    return this.#all.items;
  }
  get bytes(): number {
    return this.#all.bytes;
  }

  /** @returns whether a delivery of that size may be sent */
  hasRoom(sender: Username, bytes: number): boolean {
    const own = this.#of.get(sender) ?? NOTHING;
    const [bound, all] = [this.#bound, this.#all];
    if (own.items === 0 && all.items < bound.items && all.bytes < bound.bytes) return true;
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
    this.#all = NOTHING;
  }

  #add(sender: Username, items: number, bytes: number): void {
    const own = this.#of.get(sender) ?? NOTHING;
    const left = { items: own.items + items, bytes: own.bytes + bytes };
    if (left.items === 0) this.#of.delete(sender);
    else this.#of.set(sender, left);
    this.#all = { items: this.#all.items + items, bytes: this.#all.bytes + bytes };
  }
}
