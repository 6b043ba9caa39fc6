/**
 * Tracks the people online and tells those who may know: to people they have blocked, users look away. One session a user: a
 * second one supersedes the first.
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

/** The part of a signed-in connection that others need. */
export interface OnlineUser extends Appearance {
  readonly outbox: Outbox;
  send(opcode: Opcode, id: number, body: Uint8Array): void;
  /** Sends envelopes that are encoded already, after everything sent before. */
  sendBatch(batch: Uint8Array): void;
  /** Tells the client why and ends the connection. */
  end(code: ErrorCode, detail: string): void;
}

/** How people look by now, by their names. */
type Changes = ReadonlyMap<Username, Envelope>;

/** Sent in one piece of a round: one of each person's, mostly, and then some 15 µs each. */
const RECORDS_A_PIECE = 16;
/** Whose blocks are looked up in one piece, some 5 µs each. */
const CHANGES_A_PIECE = 50;

export class Presence<Session extends OnlineUser> {
  readonly #online = new Map<Username, Session>();
  /** Those of them who can be seen. */
  readonly #roster = new Roster();
  /** Those of them who appear offline. */
  readonly #hidden = new Set<Username>();
  readonly #blocks: Blocks;
  readonly #inTurn: (worker: Worker) => void;
  /** Changes that the others have not been told yet: the present look of each person. */
  readonly #changes = new Map<Username, Envelope>();
  /** Changes meant for one person only, by their name. */
  readonly #changesForOne = new Map<Username, Map<Username, Envelope>>();
  /** While a round looks up blocks: the first block, or its end, of each two people since it began. */
  #turned: Map<Username, Map<Username, Status>> | undefined;
  /** Not before; monotonic milliseconds. */
  #nextRound = Number.NEGATIVE_INFINITY;
  /** The next round is due, or under way. */
  #telling = false;
  #round: NodeJS.Timeout | undefined;

  /** @param inTurn shares out the server's time: a round is told in pieces, between people's requests */
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

  /** @returns whether `name` is online as far as `by` may know. Both are looked up always: the answer takes one time. */
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
    this.#tellInTime();
  }

  all(): Iterable<Session> {
    return this.#online.values();
  }

  /** `session` is now its user's; the others are notified, unless it is `hidden` from them. */
  join(session: Session, hidden: boolean): void {
    this.#online.set(session.name, session);
    if (hidden) this.#hidden.add(session.name);
    else this.#appear(session);
  }

  /** From now on `user` appears offline to the others, or does not any more. */
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

  /** Nothing happens where another session of the same user has taken over. */
  leave(session: Session): void {
    if (this.#online.get(session.name) !== session) return;
    this.#online.delete(session.name);
    if (!this.#hidden.delete(session.name)) this.#disappear(session);
  }

  /** Sends `to` all other people online, as LIST with `id`. */
  list(to: Session, id: number): void {
    const { list, rest } = this.#roster.told(to.name, this.#blocks.of(to.name));
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
    this.#tellInTime();
  }

  /** After a restart, thousands come back: each gets many changes at once, and broadcasting is a small part of the work. */
  #tellInTime(): void {
    if (this.#telling) return;
    this.#telling = true;
    this.#round = setTimeout(
      () => this.#inTurn(inPieces(this.#tellRound(), fail)),
      Math.max(0, this.#nextRound - performance.now()),
    );
  }

  /** Ends broadcasting: the server stops, and its store with it. */
  close(): void {
    clearTimeout(this.#round);
    this.#telling = true;
  }

  /**
   * Sends all people the same bytes, except those who must not know some change and those who are the only subject. These exceptions
   * are decided when the round begins, and later changes wait for the next: or a block in the middle would look otherwise than a leave.
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

  /** Tells one round. The next one rests for as long as this one's cost asks for. */
  *#tellRound(): Pieces {
    const began = performance.now();
    const round = this.#tellOthers();
    let took = 0;
    for (let over = false; !over; ) {
      const resumed = performance.now();
      over = round.next().done === true;
      took += performance.now() - resumed;
      if (!over) yield;
    }
    this.#telling = false;
    this.#nextRound = Math.max(began + PRESENCE_PACE_MS, performance.now() + took * PRESENCE_REST);
    if (this.#changes.size > 0 || this.#changesForOne.size > 0) this.#tellInTime();
  }

  /** @returns the people whom `name` had blocked when the round began */
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

/** @returns the changes that `name` may know of a round: the same as of one in which the rest did not happen */
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

/** @returns envelopes in the order of names: another could tell a block, which concerns one person, from a leave, which concerns all */
function inOrder(names: Iterable<Username>, changes: Changes, forOne?: Changes): Envelope[] {
  return [...names].sort().flatMap((name) => forOne?.get(name) ?? changes.get(name) ?? []);
}

/** One record a piece. */
function* encoded(envelopes: readonly Envelope[]): Generator<void, Uint8Array[], void> {
  const records: Uint8Array[] = [];
  for (const batch of inBatches(envelopes, MAX_RECORD_PLAINTEXT_BYTES)) {
    yield;
    records.push(encodeBatch(batch));
  }
  return records;
}
