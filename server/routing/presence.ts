/**
 * Tracks the people online and notifies those who may know: a user appears offline to people they have
 * blocked. One session per user: a second one supersedes the first.
 */
import { MAX_RECORD_PLAINTEXT_BYTES } from "../../protocol/channel/channel.ts";
import type { Username } from "../../protocol/names.ts";
import { type Envelope, encodeBatch, inBatches } from "../../protocol/wire/batch.ts";
import { type ErrorCode, Opcode, Presence as Status } from "../../protocol/wire/parley_pb.ts";
import type { Worker } from "../gateway/fair-share.ts";
import { fail, inPieces, type Pieces } from "../gateway/pieces.ts";
import { PRESENCE_PACE_MS, PRESENCE_REST } from "../limits.ts";
import type { Blocks } from "../store/store.ts";
import type { Outbox } from "./outbox.ts";
import { type Appearance, notice, Roster } from "./roster.ts";

/** The part of a signed-in connection that presence needs. */
export interface OnlineUser extends Appearance {
  readonly outbox: Outbox;
  send(opcode: Opcode, id: number, body: Uint8Array): void;
  /** Whether it leaves more unread than the server serves it for. */
  readonly isBehind: boolean;
  /** Sends envelopes that are already encoded, after everything sent before. */
  sendBatch(batch: Uint8Array): void;
  /** Sends the client the reason and ends the connection. */
  end(code: ErrorCode, detail: string): void;
}

/** The current appearance of people whose state changed, by name. */
type Changes = ReadonlyMap<Username, Envelope>;

/** Records sent in one piece of a round: mostly one for each person, some 15 µs each. */
const RECORDS_A_PIECE = 16;
/** Changes whose blocks are looked up in one piece, some 5 µs each. */
const CHANGES_A_PIECE = 50;

export class Presence<Session extends OnlineUser> {
  readonly #online = new Map<Username, Session>();
  /** Online people who are visible. */
  readonly #roster = new Roster();
  /** Online people who appear offline. */
  readonly #hidden = new Set<Username>();
  readonly #blocks: Blocks;
  readonly #inTurn: (worker: Worker) => void;
  /** Changes that were not broadcast yet: the current appearance of each person. */
  readonly #changes = new Map<Username, Envelope>();
  /** Changes meant for one person only, by that person's name. */
  readonly #changesForOne = new Map<Username, Map<Username, Envelope>>();
  /**
   * Set while a round looks up blocks: for each pair of people the state before the first block or unblock
   * since it began.
   */
  #turned: Map<Username, Map<Username, Status>> | undefined;
  /** The earliest time of the next round, monotonic milliseconds. */
  #nextRound = Number.NEGATIVE_INFINITY;
  /** True while a round is scheduled or running. */
  #broadcasting = false;
  #round: NodeJS.Timeout | undefined;

  /**
   * @param inTurn schedules work fairly: a round runs in pieces, between people's requests
   */
  constructor(blocks: Blocks, inTurn: (worker: Worker) => void) {
    this.#blocks = blocks;
    this.#inTurn = inTurn;
  }

  get size(): number {
    return this.#online.size;
  }

  get(name: Username): Session | undefined {
    return this.#online.get(name);
  }

  /**
   * Returns whether `name` is online as far as `by` may know. Always makes both lookups, so that the time
   * reveals nothing.
   */
  isReachable(name: Username, by: Username): boolean {
    const online = this.#online.has(name) && !this.#hidden.has(name);
    const blocked = this.#blocks.has(name, by);
    return online && !blocked;
  }

  /** Makes `blocker` appear offline (or online again) to `blocked` only. Sent with the regular rounds, so that a block cannot be told from a sign-out. */
  appear(blocker: Username, blocked: Username, status: Status): void {
    const about = this.#online.get(blocker);
    if (about === undefined || this.#hidden.has(blocker)) return;
    const turned = this.#turned?.get(blocker) ?? new Map<Username, Status>();
    if (!turned.has(blocked)) this.#turned?.set(blocker, turned.set(blocked, status));
    const changes = this.#changesForOne.get(blocked) ?? new Map<Username, Envelope>();
    changes.set(blocker, notice(about, status));
    this.#changesForOne.set(blocked, changes);
    this.#scheduleRound();
  }

  all(): Iterable<Session> {
    return this.#online.values();
  }

  /** Makes `session` the current one of its user and notifies the others, unless it is `hidden` from them. */
  join(session: Session, hidden: boolean): void {
    this.#online.set(session.name, session);
    if (hidden) this.#hidden.add(session.name);
    else this.#appear(session);
  }

  /** Makes `user` appear offline to the others, or online again. */
  hide({ name }: OnlineUser, hidden: boolean): void {
    const session = this.#online.get(name);
    if (session === undefined || this.#hidden.has(name) === hidden) return;
    if (hidden) {
      this.#hidden.add(name);
      this.#disappear(session);
    } else {
      this.#hidden.delete(name);
      this.#appear(session);
    }
  }

  /** Removes a session; does nothing if another session of the same user has taken over. */
  leave(session: Session): void {
    if (this.#online.get(session.name) !== session) return;
    this.#online.delete(session.name);
    if (!this.#hidden.delete(session.name)) this.#disappear(session);
  }

  /** Sends `to` all other people online, as LIST with `id`. */
  list(to: Session, id: number): void {
    const { list, rest } = this.#roster.listFor(to.name, this.#blocks.of(to.name));
    to.send(Opcode.LIST, id, list);
    for (const record of rest) to.sendBatch(record);
  }

  #appear(session: Session): void {
    this.#roster.add(session);
    this.#change(session, Status.ONLINE);
  }

  #disappear(session: Session): void {
    this.#roster.delete(session.name);
    this.#change(session, Status.OFFLINE);
  }

  #change(about: OnlineUser, status: Status): void {
    this.#changes.set(about.name, notice(about, status));
    this.#scheduleRound();
  }

  /**
   * Schedules the next round. After a restart thousands of people reconnect: each gets many changes at once,
   * and broadcasting stays a small part of the work.
   */
  #scheduleRound(): void {
    if (this.#broadcasting) return;
    this.#broadcasting = true;
    this.#round = setTimeout(
      () => this.#inTurn(inPieces(this.#broadcastRound(), fail)),
      Math.max(0, this.#nextRound - performance.now()),
    );
  }

  /** Ends broadcasting when the server and its store stop. */
  close(): void {
    clearTimeout(this.#round);
    this.#broadcasting = true;
  }

  /**
   * Sends everybody the same bytes, except people who must not know some change and people who are the only
   * subject. The exceptions are determined when the round begins, and later changes wait for the next round.
   * Otherwise a block during a round would look different from a sign-out.
   */
  *#tellOthers(): Pieces {
    const changes = new Map(this.#changes);
    const forOne = new Map(this.#changesForOne);
    this.#changes.clear();
    this.#changesForOne.clear();
    const hidden = new Map<Username, Set<Username>>();
    this.#turned = new Map();
    for (const [at, name] of [...changes.keys()].entries()) {
      if (at % CHANGES_A_PIECE === 0) yield;
      for (const blocked of this.#blockedThen(name))
        hidden.set(blocked, (hidden.get(blocked) ?? new Set<Username>()).add(name));
    }
    this.#turned = undefined;
    yield;
    const batches = yield* encoded(inOrder(changes.keys(), changes));
    let records = 0;
    for (const one of [...this.#online.values()]) {
      const { name } = one;
      const alone = changes.size === 1 && changes.has(name);
      const own = alone || hidden.has(name) || forOne.has(name);
      const visible = () => encoded(visibleTo(name, changes, hidden.get(name), forOne.get(name)));
      for (const batch of own ? yield* visible() : batches) {
        one.sendBatch(batch);
        records += 1;
        if (records % RECORDS_A_PIECE === 0) yield;
      }
    }
  }

  /** Runs one round. The pause after it is proportional to its cost. */
  *#broadcastRound(): Pieces {
    const began = performance.now();
    const round = this.#tellOthers();
    let took = 0;
    for (let over = false; !over; ) {
      const resumed = performance.now();
      over = round.next().done === true;
      took += performance.now() - resumed;
      if (!over) yield;
    }
    this.#broadcasting = false;
    this.#nextRound = Math.max(began + PRESENCE_PACE_MS, performance.now() + took * PRESENCE_REST);
    if (this.#changes.size > 0 || this.#changesForOne.size > 0) this.#scheduleRound();
  }

  /** Returns the people whom `name` had blocked when the round began. */
  #blockedThen(name: Username): Iterable<Username> {
    const now = this.#blocks.by(name);
    const turned = this.#turned?.get(name);
    if (turned === undefined) return now;
    const then = new Set(now);
    for (const [blocked, status] of turned)
      if (status === Status.OFFLINE) then.delete(blocked);
      else then.add(blocked);
    return then;
  }
}

/** Returns the changes of a round that `name` may know, as if the others had not happened. */
function visibleTo(
  name: Username,
  changes: Changes,
  hidden: ReadonlySet<Username> = new Set(),
  forOne: Changes = new Map(),
): Envelope[] {
  const others = [...changes.keys()].filter((about) => !hidden.has(about) && !forOne.has(about));
  const visible = [...others, ...forOne.keys()];
  return visible.length === 1 && visible[0] === name ? [] : inOrder(visible, changes, forOne);
}

/**
 * Returns envelopes sorted by name: another order could distinguish a block, which concerns one person, from
 * a sign-out, which concerns everybody.
 */
function inOrder(names: Iterable<Username>, changes: Changes, forOne?: Changes): Envelope[] {
  return [...names].sort().flatMap((name) => forOne?.get(name) ?? changes.get(name) ?? []);
}

/** Encodes one record per piece. */
function* encoded(envelopes: readonly Envelope[]): Generator<void, Uint8Array[], void> {
  const records: Uint8Array[] = [];
  for (const batch of inBatches(envelopes, MAX_RECORD_PLAINTEXT_BYTES)) {
    yield;
    records.push(encodeBatch(batch));
  }
  return records;
}
