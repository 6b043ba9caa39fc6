/**
 * The people online, as the server reports them: the list of message 1.3 and LIST, and each PRESENCE after it. Entries that cannot be shown, being
 * nobody's name or more than a client bears, are left out; the line has mail to carry, and stays.
 */
import { MAX_ONLINE_USERS } from "../limits.ts";
import { parseUsername, type Username } from "../names.ts";
import { Presence, type User, UserListSchema, UserSchema } from "../wire/parley_pb.ts";
import { parseIdentityKey, readBody } from "./bodies.ts";
import type { OnlineUser, OnlineUsers } from "./events.ts";

export const NOBODY: OnlineUsers = new Map();

/** @returns at most MAX_ONLINE_USERS, the first; of a name that stands twice the last. @throws ProtocolError "bad-message" for no list */
export function readUserList(body: Uint8Array): OnlineUsers {
  const users = new Map<Username, OnlineUser>();
  for (const one of readBody(UserListSchema, body).users) add(users, one);
  return users;
}

/** The list while a line is up. Changes in place, since after a server's restart thousands come back one by one. */
export class People {
  readonly #users: Map<Username, OnlineUser>;
  readonly #self: Username;
  #snapshot: OnlineUsers | undefined;

  /** @param self own name, filtered out: the server broadcasts presence to everyone, including its subject */
  constructor(users: OnlineUsers, self: Username) {
    this.#users = new Map(users);
    this.#self = self;
    this.#users.delete(self);
  }

  /** As it is now; lists handed out earlier stay as they were. */
  get snapshot(): OnlineUsers {
    this.#snapshot ??= new Map(this.#users);
    return this.#snapshot;
  }

  /** @param body of a PRESENCE. @throws ProtocolError "bad-message" for none */
  change(body: Uint8Array): void {
    const change = readBody(UserSchema, body);
    const name = parseUsername(change.name);
    if (name === undefined || name === this.#self) return;
    if (change.presence === Presence.OFFLINE) this.#users.delete(name);
    else if (change.presence === Presence.ONLINE) add(this.#users, change);
    this.#snapshot = undefined;
  }
}

/** Somebody who is in it already may change; somebody else comes in while there is room. */
function add(users: Map<Username, OnlineUser>, user: User): void {
  const name = parseUsername(user.name);
  const identityKey = parseIdentityKey(user.identityKey);
  if (name === undefined || identityKey === undefined) return;
  if (users.size < MAX_ONLINE_USERS || users.has(name)) users.set(name, { name, identityKey });
}
