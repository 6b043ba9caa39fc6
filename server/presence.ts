/**
 * Who is online, and telling those who may know: for whom they have blocked, people are away. One session a user: a
 * second one supersedes the first.
 */
import { create, toBinary } from "@bufbuild/protobuf";
import { MAX_RECORD_PLAINTEXT_BYTES } from "../protocol/channel/channel.ts";
import type { Username } from "../protocol/names.ts";
import { type Envelope, encodeBatch, inBatches } from "../protocol/wire/batch.ts";
import {
  type ErrorCode,
  Opcode,
  Presence as Status,
  type User,
  UserListSchema,
  UserSchema,
} from "../protocol/wire/parley_pb.ts";
import { PRESENCE_PACE_MS } from "./limits.ts";
import type { Outbox } from "./outbox.ts";
import type { Blocks } from "./store/store.ts";

/** What others need of a signed-in connection. */
export interface OnlineUser {
  readonly name: Username;
  /** 32 bytes. */
  readonly identityKey: Uint8Array;
  readonly outbox: Outbox;
  send(opcode: Opcode, id: number, body: Uint8Array): void;
  /** Sends envelopes that are encoded already, after everything sent before. */
  sendBatch(batch: Uint8Array): void;
  /** Tells the client why and ends the connection. */
  end(code: ErrorCode, detail: string): void;
}

/** People in one LIST, so that it fits into one record (at some 75 bytes each); the rest follow as PRESENCE. */
const LIST_AT_ONCE = 2000;

/** What others see of somebody, as it goes over the wire. */
interface Appearance {
  /** In a PRESENCE. */
  readonly notice: Envelope;
  /** In a LIST: the field of a UserList. */
  readonly entry: Uint8Array;
}

export class Presence<Session extends OnlineUser> {
  readonly #online = new Map<Username, Session>();
  readonly #appearances = new Map<Username, Appearance>();
  /** Those of them who appear offline. */
  readonly #hidden = new Set<Username>();
  readonly #blocks: Blocks;
  /** What the others have not been told yet: how each looks by now. */
  readonly #changes = new Map<Username, Envelope>();
  /** What only one person is to be told, by their name. */
  readonly #changesForOne = new Map<Username, Map<Username, Envelope>>();
  #lastTold = Number.NEGATIVE_INFINITY;
  /** The next round is due. */
  #telling = false;
  #round: NodeJS.Timeout | undefined;

  constructor(blocks: Blocks) {
    this.#blocks = blocks;
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

  /** `blocker` goes for `blocked`, or comes back: told in the same rounds as if it were for all, so that it does not show. */
  turn(blocker: Username, blocked: Username, status: Status): void {
    const about = this.#online.get(blocker);
    if (about === undefined || this.#hidden.has(blocker)) return;
    const changes = this.#changesForOne.get(blocked) ?? new Map<Username, Envelope>();
    changes.set(blocker, notice(about, status));
    this.#changesForOne.set(blocked, changes);
    this.#tellInTime();
  }

  all(): Iterable<Session> {
    return this.#online.values();
  }

  /** `session` is now where its user is; the others are told, unless it is `hidden` from them. */
  join(session: Session, hidden: boolean): void {
    this.#online.set(session.name, session);
    this.#appearances.set(session.name, appearance(session));
    if (hidden) this.#hidden.add(session.name);
    else this.#change(session, Status.ONLINE);
  }

  /** From now on `user` appears offline to the others, or does not any more. */
  hide({ name }: OnlineUser, hidden: boolean): void {
    const session = this.#online.get(name);
    if (session === undefined || this.#hidden.has(name) === hidden) return;
    if (hidden) this.#hidden.add(name);
    else this.#hidden.delete(name);
    this.#change(session, hidden ? Status.OFFLINE : Status.ONLINE);
  }

  /** Nothing happens where another session of the same user has taken over. */
  leave(session: Session): void {
    if (this.#online.get(session.name) !== session) return;
    this.#online.delete(session.name);
    this.#appearances.delete(session.name);
    if (!this.#hidden.delete(session.name)) this.#change(session, Status.OFFLINE);
  }

  /** Sends `to` everybody else who is online, as LIST with `id`. */
  list(to: Session, id: number): void {
    const away = this.#blocks.of(to.name);
    const entries: Uint8Array[] = [];
    const rest: Envelope[] = [];
    for (const [name, one] of this.#appearances) {
      if (name === to.name || away.has(name) || this.#hidden.has(name)) continue;
      if (entries.length < LIST_AT_ONCE) entries.push(one.entry);
      else rest.push(one.notice);
    }
    to.send(Opcode.LIST, id, Buffer.concat(entries));
    for (const batch of inBatches(rest, MAX_RECORD_PLAINTEXT_BYTES)) to.sendBatch(encodeBatch(batch));
  }

  #change(about: OnlineUser, status: Status): void {
    this.#changes.set(about.name, notice(about, status));
    this.#tellInTime();
  }

  /** When thousands come back after a restart, each is told of many at once. */
  #tellInTime(): void {
    if (this.#telling) return;
    this.#telling = true;
    const wait = Math.max(0, this.#lastTold + PRESENCE_PACE_MS - performance.now());
    this.#round = setTimeout(() => this.#tellOthers(), wait);
  }

  /** Nobody is told anything any more: the server stops, and its store with it. */
  close(): void {
    clearTimeout(this.#round);
    this.#telling = true;
  }

  /** All get the same bytes, but those whom it concerns and those who may not know it. */
  #tellOthers(): void {
    const changes = new Map(this.#changes);
    const forOne = new Map(this.#changesForOne);
    this.#changes.clear();
    this.#changesForOne.clear();
    this.#telling = false;
    this.#lastTold = performance.now();
    const apart = new Set<Username>(forOne.keys());
    for (const name of changes.keys()) {
      apart.add(name);
      for (const blocked of this.#blocks.by(name)) apart.add(blocked);
    }
    const batches = encode([...changes.values()]);
    // A connection that is cut for reading too slowly leaves while we go through them.
    for (const one of [...this.#online.values()]) {
      const own = () => [...this.#visibleTo(one.name, changes), ...(forOne.get(one.name)?.values() ?? [])];
      for (const batch of apart.has(one.name) ? encode(own()) : batches) one.sendBatch(batch);
    }
  }

  #visibleTo(name: Username, changes: ReadonlyMap<Username, Envelope>): Envelope[] {
    const away = this.#blocks.of(name);
    return [...changes].filter(([about]) => about !== name && !away.has(about)).map(([, change]) => change);
  }
}

function encode(envelopes: readonly Envelope[]): Uint8Array[] {
  return inBatches(envelopes, MAX_RECORD_PLAINTEXT_BYTES).map(encodeBatch);
}

function user({ name, identityKey }: OnlineUser, presence: Status): User {
  return create(UserSchema, { name, identityKey, presence });
}

function notice(about: OnlineUser, presence: Status): Envelope {
  return { opcode: Opcode.PRESENCE, id: 0, body: toBinary(UserSchema, user(about, presence)) };
}

function appearance(about: OnlineUser): Appearance {
  const users = [user(about, Status.ONLINE)];
  // Entries of a repeated field, one after the other, are the list (Protocol Buffers, Encoding, "Repeated Elements").
  const entry = toBinary(UserListSchema, create(UserListSchema, { users }));
  return { notice: notice(about, Status.ONLINE), entry };
}
