/**
 * The people online, as the server reports them: the list of message 1.3 and LIST, and each PRESENCE after
 * it. Entries that cannot be shown (an invalid name, or more than a client holds) are left out instead of
 * ending the line, which also carries mail.
 */
import { MAX_ONLINE_USERS } from "../limits.ts";
import { parseUsername, type Username } from "../names.ts";
import { Presence, type User, UserListSchema, UserSchema } from "../wire/parley_pb.ts";
import { parseIdentityKey, readBody } from "./bodies.ts";
import type { OnlineUser, OnlineUsers } from "./events.ts";

export const NOBODY: OnlineUsers = new Map();

/**
 * Parses a user list.
 * @returns the first MAX_ONLINE_USERS at most; of a name that occurs twice, the last entry.
 * @throws ProtocolError "bad-message" if it does not parse
 */
export function readUserList(body: Uint8Array): OnlineUsers {
  const users = new Map<Username, OnlineUser>();
  for (const one of readBody(UserListSchema, body).users) add(users, one);
  return users;
}

/**
 * The list while a line is up. Changes in place, because after a server restart thousands of users come back
 * one by one.
 */
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

  /** The current list; lists returned earlier do not change. */
  get snapshot(): OnlineUsers {
    this.#snapshot ??= new Map(this.#users);
    return this.#snapshot;
  }

  /**
   * Applies a PRESENCE.
   * @throws ProtocolError "bad-message" if the body does not parse
   */
  change(body: Uint8Array): void {
    const change = readBody(UserSchema, body);
    const name = parseUsername(change.name);
    if (name === undefined || name === this.#self) return;
    if (change.presence === Presence.OFFLINE) this.#users.delete(name);
    else if (change.presence === Presence.ONLINE) add(this.#users, change);
    this.#snapshot = undefined;
  }
}

/** Adds a user while there is room; a user already listed is updated. */
function add(users: Map<Username, OnlineUser>, user: User): void {
  const name = parseUsername(user.name);
  const identityKey = parseIdentityKey(user.identityKey);
  if (name === undefined || identityKey === undefined) return;
  if (users.size < MAX_ONLINE_USERS || users.has(name)) users.set(name, { name, identityKey });
}
