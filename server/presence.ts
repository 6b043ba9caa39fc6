/**
 * Who is online, and telling those who may know: for whom they have blocked, people are away. One session a user: a
 * second one supersedes the first.
 */
import { create, toBinary } from "@bufbuild/protobuf";
import type { Username } from "../protocol/names.ts";
import {
  type ErrorCode,
  Opcode,
  Presence as Status,
  type User,
  UserListSchema,
  UserSchema,
} from "../protocol/wire/parley_pb.ts";
import type { Outbox } from "./outbox.ts";
import type { Blocks } from "./store/store.ts";

/** What others need of a signed-in connection. */
export interface OnlineUser {
  readonly name: Username;
  /** 32 bytes. */
  readonly identityKey: Uint8Array;
  readonly outbox: Outbox;
  send(opcode: Opcode, id: number, body: Uint8Array): void;
  /** Tells the client why and ends the connection. */
  end(code: ErrorCode, detail: string): void;
}

/** People in one LIST, so that it fits into one record (at some 75 bytes each); the rest follow as PRESENCE. */
const LIST_AT_ONCE = 2000;

export class Presence<Session extends OnlineUser> {
  readonly #online = new Map<Username, Session>();
  /** Those of them who appear offline. */
  readonly #hidden = new Set<Username>();
  readonly #blocks: Blocks;

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

  /** `blocker` goes for `blocked`, or comes back. */
  turn(blocker: Username, blocked: Username, status: Status): void {
    const about = this.#online.get(blocker);
    if (about !== undefined && !this.#hidden.has(blocker))
      this.#online.get(blocked)?.send(Opcode.PRESENCE, 0, presenceBody(about, status));
  }

  all(): Iterable<Session> {
    return this.#online.values();
  }

  /** `session` is now where its user is; the others are told, unless it is `hidden` from them. */
  join(session: Session, hidden: boolean): void {
    this.#online.set(session.name, session);
    if (hidden) this.#hidden.add(session.name);
    else this.#tellOthers(session, presenceBody(session, Status.ONLINE));
  }

  /** From now on `user` appears offline to the others, or does not any more. */
  hide({ name }: OnlineUser, hidden: boolean): void {
    const session = this.#online.get(name);
    if (session === undefined || this.#hidden.has(name) === hidden) return;
    if (hidden) this.#hidden.add(name);
    else this.#hidden.delete(name);
    this.#tellOthers(session, presenceBody(session, hidden ? Status.OFFLINE : Status.ONLINE));
  }

  /** Nothing happens where another session of the same user has taken over. */
  leave(session: Session): void {
    if (this.#online.get(session.name) !== session) return;
    this.#online.delete(session.name);
    if (this.#hidden.delete(session.name)) return;
    this.#tellOthers(session, presenceBody(session, Status.OFFLINE));
  }

  /** Sends `to` everybody else who is online, as LIST with `id`. */
  list(to: Session, id: number): void {
    const away = this.#blocks.of(to.name);
    const others = [...this.#online.values()].filter(
      (one) => one.name !== to.name && !away.has(one.name) && !this.#hidden.has(one.name),
    );
    const users = others.slice(0, LIST_AT_ONCE).map((one) => user(one, Status.ONLINE));
    to.send(Opcode.LIST, id, toBinary(UserListSchema, create(UserListSchema, { users })));
    for (const one of others.slice(LIST_AT_ONCE))
      to.send(Opcode.PRESENCE, 0, presenceBody(one, Status.ONLINE));
  }

  #tellOthers(about: Session, body: Uint8Array): void {
    const blocked = this.#blocks.by(about.name);
    for (const one of this.#online.values())
      if (one.name !== about.name && !blocked.has(one.name)) one.send(Opcode.PRESENCE, 0, body);
  }
}

function user({ name, identityKey }: OnlineUser, presence: Status): User {
  return create(UserSchema, { name, identityKey, presence });
}

function presenceBody(about: OnlineUser, presence: Status): Uint8Array {
  return toBinary(UserSchema, user(about, presence));
}
