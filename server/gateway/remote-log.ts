/**
 * Every log line that the network can cause. One address or one member gets a line for each event while its
 * lines stay below 1 KB a second, and all together while they stay below a higher bound; further events are
 * only counted and logged as sums. So nobody can fill the disk from outside, and no event goes unrecorded.
 */
import type { Logger } from "pino";
import type { Username } from "../../protocol/names.ts";
import { words } from "../words/words.ts";
import { WorkBudget } from "./work-budget.ts";

/** The severity of each line. */
const REMOTE_LINES = {
  cannotAccept: "error",
  handshakeFailed: "info",
  signInRefused: "info",
  signedIn: "info",
  signedInAs: "debug",
  requestRefused: "info",
  requestFailed: "error",
  mailboxUnreadable: "error",
  badMessage: "warn",
  givenUp: "warn",
  connectionEnded: "info",
  connectionCut: "info",
} as const satisfies Readonly<Record<keyof typeof words.log.remote, string>>;
export type RemoteLine = keyof typeof REMOTE_LINES;

export interface Remark {
  /** A stable code: there are few of them, and strangers cannot add any. */
  readonly reason?: string | undefined;
  readonly connection?: number;
  readonly [field: string]: string | number | undefined;
}

/** The cause: an address as limits count it, a member, or nobody in particular. */
export type Source = { readonly address: string } | { readonly member: Username } | "anybody";

/** Bytes of log lines: a second, and in a burst. */
const OF_ONE = { perSecond: 400, atOnce: 1000 };
/** The sums are added to that; with the lines of one source they stay below 1 KB a second. */
const SUM_BYTES_PER_SECOND = 400;
/** An office that reconnects after a restart causes some hundred lines at once. */
const OF_ALL = { perSecond: 8 * 1024, atOnce: 128 * 1024 };
/** Minimum time between sums, milliseconds. */
const SUM_MS = 2000;
/**
 * Sources with a budget of their own; further ones are only counted in sums until others' budgets are full
 * again.
 */
const SOURCES = 20_000;
/** Distinct reasons of one kind, as a bound in case of a bug. */
const REASONS = 50;
/** Bytes of a JSON line without its fields and its text. */
const LINE_BYTES = 62;

export class RemoteLog {
  readonly #log: Logger;
  readonly #all: WorkBudget;
  readonly #bySource = new Map<string, WorkBudget>();
  readonly #heldBack = new Map<RemoteLine, Map<string, number>>();
  #nextSum = Number.NEGATIVE_INFINITY;

  /** @param now monotonic milliseconds, here and below */
  constructor(log: Logger, now: number) {
    this.#log = log;
    this.#all = new WorkBudget(OF_ALL.perSecond, OF_ALL.atOnce, now);
  }

  note(source: Source, line: RemoteLine, remark: Remark, now = performance.now()): void {
    const level = REMOTE_LINES[line];
    if (!this.#log.isLevelEnabled(level)) return;
    const bytes = size(line, remark);
    if (this.#budget(source, now)?.take(bytes, now) === 0 && this.#all.take(bytes, now) === 0)
      this.#log[level](remark, words.log.remote[line]);
    else this.#holdBack(line, remark.reason ?? "");
  }

  /** Writes the sums, if there are any and the last ones are old enough. */
  tick(now: number): void {
    for (const [source, budget] of this.#bySource) if (budget.full(now)) this.#bySource.delete(source);
    if (this.#heldBack.size === 0 || now < this.#nextSum) return;
    let bytes = 0;
    for (const [line, reasons] of this.#heldBack) {
      const more = [...reasons.values()].reduce((sum, one) => sum + one, 0);
      const sum = { more, reasons: Object.fromEntries(reasons) };
      bytes += size(line, sum);
      this.#log[REMOTE_LINES[line]](sum, words.log.remote[line]);
    }
    this.#heldBack.clear();
    this.#nextSum = now + Math.max(SUM_MS, (bytes * 1000) / SUM_BYTES_PER_SECOND);
  }

  /** Returns a source's budget, or undefined if there are too many sources to track. */
  #budget(source: Source, now: number): WorkBudget | undefined {
    const key = keyOf(source);
    const known = this.#bySource.get(key);
    if (known !== undefined || this.#bySource.size >= SOURCES) return known;
    const budget = new WorkBudget(OF_ONE.perSecond, OF_ONE.atOnce, now);
    this.#bySource.set(key, budget);
    return budget;
  }

  #holdBack(line: RemoteLine, reason: string): void {
    const reasons = this.#heldBack.get(line) ?? new Map<string, number>();
    this.#heldBack.set(line, reasons);
    const key = reasons.has(reason) || reasons.size < REASONS ? reason : "other";
    reasons.set(key, (reasons.get(key) ?? 0) + 1);
  }
}

function size(line: RemoteLine, fields: object): number {
  return LINE_BYTES + words.log.remote[line].length + Buffer.byteLength(JSON.stringify(fields));
}

function keyOf(source: Source): string {
  if (source === "anybody") return "";
  return "member" in source ? `member:${source.member}` : `address:${source.address}`;
}
