/**
 * Decides which connections may begin a handshake. Opening sockets costs a stranger nothing, so unfinished
 * handshakes are bounded per address and in total. One more does not turn away the newcomer but evicts the
 * oldest unfinished one: an honest client finishes in a round trip or two, so idle sockets are the ones
 * evicted.
 */
import { isIPv6 } from "node:net";
import { MAX_ONLINE_USERS } from "../../protocol/limits.ts";
import type { ServerLimits } from "../limits.ts";
import { WorkBudget } from "./work-budget.ts";

/** A connection before sign-in. */
export interface Handshaking {
  readonly address: string;
  /** Closes the connection to make room for another. */
  evict(): void;
}

/**
 * Returns the key under which limits count an address: IPv4 as it is, also when mapped into IPv6 (RFC 4291
 * §2.5.5.2); of IPv6 the first 64 bits, since the holder of one such address controls all of them.
 */
export function addressKey(remote: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(remote)?.[1];
  if (mapped !== undefined) return mapped;
  const address = remote.replace(/%.*$/, "");
  if (!isIPv6(address)) return remote;
  const [head = "", tail = ""] = address.split("::");
  const front = head.split(":").filter(Boolean);
  const back = tail.split(":").filter(Boolean);
  const zeros = address.includes("::") ? 8 - front.length - back.length : 0;
  const groups = [...front, ...Array<string>(Math.max(0, zeros)).fill("0"), ...back];
  return `${groups.slice(0, 4).join(":")}::/64`;
}

export class Admission {
  readonly #limits: ServerLimits;
  /** In order of arrival. */
  readonly #handshaking = new Set<Handshaking>();
  readonly #handshakingByAddress = new Map<string, Set<Handshaking>>();
  readonly #connectionsByAddress = new Map<string, number>();
  readonly #budgets = new Map<string, WorkBudget>();
  #connections = 0;

  constructor(limits: ServerLimits) {
    this.#limits = limits;
  }

  /** Handshakes in progress. */
  get underWay(): number {
    return this.#handshaking.size;
  }

  /**
   * Counts an accepted socket.
   * @returns false if it must be closed at once; otherwise call `disconnected` later
   */
  connected(address: string): boolean {
    const ofAddress = this.#connectionsByAddress.get(address) ?? 0;
    // Clients show no more people than that, even under a higher limit: one more would appear online to some
    // and not to others.
    const most = Math.min(this.#limits.connections, MAX_ONLINE_USERS);
    if (ofAddress >= this.#limits.connectionsPerAddress || this.#connections >= most) return false;
    this.#connectionsByAddress.set(address, ofAddress + 1);
    this.#connections += 1;
    return true;
  }

  disconnected(address: string): void {
    const left = (this.#connectionsByAddress.get(address) ?? 1) - 1;
    if (left === 0) this.#connectionsByAddress.delete(address);
    else this.#connectionsByAddress.set(address, left);
    this.#connections -= 1;
  }

  /**
   * Begins a handshake, possibly evicting the oldest one. Call `finished` when it is over, whatever its
   * outcome.
   */
  begin(newcomer: Handshaking): void {
    const ofAddress = this.#handshakingByAddress.get(newcomer.address) ?? new Set();
    if (ofAddress.size >= this.#limits.handshakesPerAddress) this.#evictOldest(ofAddress);
    if (this.#handshaking.size >= this.#limits.handshakes) this.#evictOldest(this.#handshaking);
    ofAddress.add(newcomer);
    this.#handshakingByAddress.set(newcomer.address, ofAddress);
    this.#handshaking.add(newcomer);
  }

  finished(one: Handshaking): void {
    this.#handshaking.delete(one);
    const ofAddress = this.#handshakingByAddress.get(one.address);
    ofAddress?.delete(one);
    if (ofAddress?.size === 0) this.#handshakingByAddress.delete(one.address);
  }

  /**
   * Called when message 1.0 asks for the expensive answer.
   * @returns 0, or the milliseconds after which to ask again
   */
  waitToAnswer(address: string, now: number): number {
    let budget = this.#budgets.get(address);
    if (budget === undefined) {
      budget = new WorkBudget(this.#limits.handshakesPerSecond, this.#limits.handshakeBurst, now);
      this.#budgets.set(address, budget);
    }
    return budget.take(1, now);
  }

  /** Forgets addresses whose budget is full again. */
  tick(now: number): void {
    for (const [address, budget] of this.#budgets) if (budget.full(now)) this.#budgets.delete(address);
  }

  /** Evicts all unfinished handshakes when the server stops; they have nothing to lose. */
  evictAll(): void {
    for (const one of [...this.#handshaking]) one.evict();
  }

  #evictOldest(from: Set<Handshaking>): void {
    const [oldest] = from;
    if (oldest === undefined) return;
    this.finished(oldest);
    oldest.evict();
  }
}
