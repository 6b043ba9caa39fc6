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

/** @returns `users` with the change in the PRESENCE body applied; `users` itself stays as it is. */
export function applyPresence(users: OnlineUsers, body: Uint8Array): OnlineUsers {
  const change = readBody(UserSchema, body);
  const changed = new Map<Username, OnlineUser>(users);
  if (change.presence === Presence.ONLINE) {
    const user = readUser(change);
    bounded(changed.set(user.name, user));
  } else if (change.presence === Presence.OFFLINE) {
    changed.delete(readName(change.name));
  } else {
    throw new ProtocolError("bad-message", "unknown presence");
  }
  return changed;
}

function bounded(users: OnlineUsers): OnlineUsers {
  if (users.size > MAX_ONLINE_USERS)
    throw new ProtocolError("bad-message", `more than ${MAX_ONLINE_USERS} people online`);
  return users;
}

function readUser(user: User): OnlineUser {
  return { name: readName(user.name), identityKey: readIdentityKey(user.identityKey) };
}
