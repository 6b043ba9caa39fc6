/** Who is online, and telling the others. One session a user: a second one supersedes the first. */
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

  get(name: Username): Session | undefined {
    return this.#online.get(name);
  }

  all(): Iterable<Session> {
    return this.#online.values();
  }

  /** `session` is now where its user is; the others are told. */
  join(session: Session): void {
    this.#online.set(session.name, session);
    this.#tellOthers(session, presenceBody(session, Status.ONLINE));
  }

  /** Nothing happens where another session of the same user has taken over. */
  leave(session: Session): void {
    if (this.#online.get(session.name) !== session) return;
    this.#online.delete(session.name);
    this.#tellOthers(session, presenceBody(session, Status.OFFLINE));
  }

  /** Sends `to` everybody else who is online, as LIST with `id`. */
  list(to: Session, id: number): void {
    const others = [...this.#online.values()].filter((one) => one.name !== to.name);
    const users = others.slice(0, LIST_AT_ONCE).map((one) => user(one, Status.ONLINE));
    to.send(Opcode.LIST, id, toBinary(UserListSchema, create(UserListSchema, { users })));
    for (const one of others.slice(LIST_AT_ONCE))
      to.send(Opcode.PRESENCE, 0, presenceBody(one, Status.ONLINE));
  }

  #tellOthers(about: Session, body: Uint8Array): void {
    for (const one of this.#online.values()) if (one.name !== about.name) one.send(Opcode.PRESENCE, 0, body);
  }
}

function user({ name, identityKey }: OnlineUser, presence: Status): User {
  return create(UserSchema, { name, identityKey, presence });
}

function presenceBody(about: OnlineUser, presence: Status): Uint8Array {
  return toBinary(UserSchema, user(about, presence));
}
