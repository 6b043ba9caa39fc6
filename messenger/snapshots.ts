/** Builds the people and chats to show from the store and the list of people online. */
import type { OnlineUsers } from "../protocol/client/client.ts";
import { fingerprint } from "../protocol/identity/identity.ts";
import type { Username } from "../protocol/names.ts";
import { membersOf, titleOf } from "./chats/chat-id.ts";
import { directChat, partnerOf } from "./chats/direct.ts";
import { type Contact, STRANGER, trustOf } from "./contacts/contact.ts";
import { Profiles } from "./contacts/profiles.ts";
import type { Chat, ChatId, KeyChange, Member, Person } from "./model.ts";
import { shownKeyChange, shownRequest, shownStanding } from "./shown.ts";
import type { StoredChat } from "./store/chats.ts";
import type { Store } from "./store/store.ts";

/** @returns the other people who are online or have a chat with the user; online first, then by name */
export function people(store: Store, online: OnlineUsers, self: Username | undefined): readonly Person[] {
  const names = new Set<Username>(online.keys());
  for (const [name, contact] of store.contacts.all()) if (contact.blocked) names.delete(name);
  for (const chat of store.chats.all())
    if (isShown(chat)) for (const name of membersOf(chat.id)) names.add(name);
  if (self !== undefined) names.delete(self);
  const profiles = new Profiles(store);
  return [...names].map((name) => person(store, online, name, profiles)).sort(byPresence);
}

/** Compares people: online first, then by name. */
export function byPresence(a: Person, b: Person): number {
  return Number(b.online) - Number(a.online) || (a.name < b.name ? -1 : 1);
}

/** Compares chats: most recent first, then by name. */
export function byActivity(a: Chat, b: Chat): number {
  return b.lastActivity - a.lastActivity || (a.id < b.id ? -1 : 1);
}

export function person(
  store: Store,
  online: OnlineUsers,
  name: Username,
  profiles = new Profiles(store),
): Person {
  const profile = profiles.of(name);
  const claimed = online.get(name);
  const contact = store.contacts.get(name) ?? STRANGER;
  const key = contact.identityKey ?? store.chats.get(directChat(name))?.askedBy ?? claimed?.identityKey;
  return {
    name,
    online: claimed !== undefined,
    trust: trustOf(contact),
    fingerprint: print(key),
    ...(contact.identityKey !== undefined && { knownSince: contact.knownSince ?? 0 }),
    ...(profile !== undefined && { profile }),
  };
}

/** @returns the chats with content or with an agreement in progress, most recent first */
export function chats(store: Store, online: OnlineUsers): readonly Chat[] {
  const profiles = new Profiles(store);
  return [...store.chats.all()]
    .filter(isShown)
    .map(({ id }) => chat(store, online, id, profiles))
    .sort(byActivity);
}

export function chat(store: Store, online: OnlineUsers, id: ChatId, profiles = new Profiles(store)): Chat {
  const stored = store.chats.get(id);
  const empty = emptyChat(id, (name) => {
    const profile = profiles.of(name);
    const shown = member(name, store.contacts.get(name) ?? STRANGER, online.has(name));
    return { ...shown, ...(profile !== undefined && { profile }) };
  });
  if (stored === undefined) return empty;
  const { phase, unread, firstUnread, draft, since, lastActivity, muted, keep, timer } = stored;
  return {
    ...empty,
    phase,
    muted: muted ?? "no",
    unread,
    // An agreement in progress counts as activity, although the history does not show it yet.
    lastActivity: phase === "none" ? lastActivity : Math.max(lastActivity, since),
    draft,
    keep: keep ?? "forever",
    timerSeconds: timer?.seconds ?? 0,
    ...decisions(stored, store.contacts.get(partnerOf(id)) ?? STRANGER),
    ...(firstUnread !== undefined && { firstUnread: firstUnread.id }),
  };
}

/** @returns a chat without content */
export function emptyChat(id: ChatId, memberOf: (name: Username) => Member): Chat {
  return {
    id,
    title: titleOf(id),
    members: membersOf(id).map(memberOf),
    phase: "none",
    muted: "no",
    unread: 0,
    lastActivity: 0,
    draft: "",
    keep: "forever",
    timerSeconds: 0,
  };
}

function member(name: Username, contact: Contact, online: boolean): Member {
  const keyChange = keyChangeOf(contact);
  return {
    name,
    online,
    trust: trustOf(contact),
    blocked: contact.blocked === true,
    ...(keyChange !== undefined && { keyChange }),
  };
}

/** Returns a changed key for a decision: the encoded state and both fingerprints, from one read, so that they belong together. */
function keyChangeOf(contact: Contact): KeyChange | undefined {
  const shown = shownKeyChange(contact);
  return shown && { shown, pinned: print(contact.identityKey), offered: print(contact.changedTo) };
}

/** Like keyChangeOf(), for the decisions about a chat of two. @param contact the other person */
function decisions(chat: StoredChat, contact: Contact): Pick<Chat, "request" | "standing"> {
  const { askedBy, note } = chat;
  const [request, standing] = [shownRequest(chat, contact), shownStanding(chat, contact)];
  return {
    ...(request !== undefined && {
      request: {
        shown: request,
        fingerprint: print(askedBy ?? contact.identityKey),
        ...(note !== undefined && { note }),
      },
    }),
    ...(standing !== undefined && { standing }),
  };
}

function print(key: Uint8Array | undefined): string {
  return key === undefined ? "" : fingerprint(key);
}

function isShown({ phase, lastActivity, draft }: StoredChat): boolean {
  return phase !== "none" || lastActivity > 0 || draft !== "";
}
