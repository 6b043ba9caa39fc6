/** Who is online, as the server tells it: the list of message 1.3 and LIST, and each PRESENCE after it. */
import { ProtocolError } from "../errors.ts";
import { MAX_ONLINE_USERS } from "../limits.ts";
import type { Username } from "../names.ts";
import { Presence, type User, UserListSchema, UserSchema } from "../wire/parley_pb.ts";
import { readBody, readIdentityKey, readName } from "./bodies.ts";
import type { OnlineUser, OnlineUsers } from "./events.ts";

export const NOBODY: OnlineUsers = new Map();

/** @throws ProtocolError "bad-message", also where a name stands twice */
export function readUserList(body: Uint8Array): OnlineUsers {
  const users = readBody(UserListSchema, body).users.map(readUser);
  const byName = new Map(users.map((user) => [user.name, user]));
  if (byName.size !== users.length) throw new ProtocolError("bad-message", "a name stands twice in LIST");
  return bounded(byName);
}

/** The list while a line stands. Changes in place, since after a server's restart thousands come back one by one. */
export class People {
  readonly #users: Map<Username, OnlineUser>;
  readonly #self: Username;
  #snapshot: OnlineUsers | undefined;

  /** @param self is no part of it: who came and went is told to all in the same words */
  constructor(users: OnlineUsers, self: Username) {
    this.#users = new Map(users);
    this.#self = self;
    this.#users.delete(self);
  }

  /** As it is now; what was handed out stays as it was. */
  get snapshot(): OnlineUsers {
    this.#snapshot ??= new Map(this.#users);
    return this.#snapshot;
  }

  /** @param body of a PRESENCE. @throws ProtocolError "bad-message" */
  change(body: Uint8Array): void {
    const change = readBody(UserSchema, body);
    if (change.presence === Presence.ONLINE) {
      const user = readUser(change);
      if (user.name !== this.#self) bounded(this.#users.set(user.name, user));
    } else if (change.presence === Presence.OFFLINE) {
      this.#users.delete(readName(change.name));
    } else {
      throw new ProtocolError("bad-message", "unknown presence");
    }
    this.#snapshot = undefined;
  }
}

function bounded(users: OnlineUsers): OnlineUsers {
  if (users.size > MAX_ONLINE_USERS)
    throw new ProtocolError("bad-message", `more than ${MAX_ONLINE_USERS} people online`);
  return users;
}

function readUser(user: User): OnlineUser {
  return { name: readName(user.name), identityKey: readIdentityKey(user.identityKey) };
}
