/** People and chats as they are shown: from the store, and from the list of people online. */
import type { OnlineUsers } from "../protocol/client/client.ts";
import { fingerprint } from "../protocol/identity/identity.ts";
import type { Username } from "../protocol/names.ts";
import { trustOf } from "./contacts/contact.ts";
import type { Chat, Person } from "./model.ts";
import { shownKeyChange, shownRequest, shownStanding } from "./shown.ts";
import type { Peer } from "./store/peers.ts";
import type { Store } from "./store/store.ts";

/** @returns everybody online, and everybody one has a chat with, but oneself; online first, then by name */
export function people(store: Store, online: OnlineUsers, self: Username | undefined): readonly Person[] {
  const names = new Set<Username>(online.keys());
  for (const peer of store.peers.all()) {
    if (hasChat(peer)) names.add(peer.name);
    else if (peer.contact.blocked) names.delete(peer.name);
  }
  if (self !== undefined) names.delete(self);
  return [...names].map((name) => person(store, online, name)).sort(byPresence);
}

/** Orders people: online first, then by name. */
export function byPresence(a: Person, b: Person): number {
  return Number(b.online) - Number(a.online) || (a.name < b.name ? -1 : 1);
}

/** Orders chats: most recent first, then by name. */
export function byActivity(a: Chat, b: Chat): number {
  return b.lastActivity - a.lastActivity || (a.peer < b.peer ? -1 : 1);
}

export function person(store: Store, online: OnlineUsers, name: Username): Person {
  const claimed = online.get(name);
  const { contact, chat } = store.peers.get(name) ?? {};
  const key = contact?.identityKey ?? chat?.askedBy ?? claimed?.identityKey;
  return {
    name,
    online: claimed !== undefined,
    trust: contact === undefined ? "unknown" : trustOf(contact),
    fingerprint: key === undefined ? "" : fingerprint(key),
    ...(contact?.identityKey !== undefined && { knownSince: contact.knownSince ?? 0 }),
  };
}

/** @returns chats with anything in them or in progress, most recent first */
export function chats(store: Store, online: OnlineUsers): readonly Chat[] {
  return [...store.peers.all()]
    .filter(hasChat)
    .map((peer) => chat(store, online, peer.name))
    .sort(byActivity);
}

export function chat(store: Store, online: OnlineUsers, name: Username): Chat {
  const peer = store.peers.get(name);
  const common = { peer: name, online: online.has(name) };
  if (peer === undefined)
    return {
      ...common,
      phase: "none",
      trust: "unknown",
      blocked: false,
      muted: "no",
      unread: 0,
      lastActivity: 0,
      draft: "",
      keep: "forever",
      timerSeconds: 0,
    };
  const { phase, unread, firstUnread, draft, since, lastActivity, keep = "forever", timer } = peer.chat;
  return {
    ...common,
    phase,
    trust: trustOf(peer.contact),
    blocked: peer.contact.blocked === true,
    muted: peer.contact.muted ?? "no",
    unread,
    // Work in progress counts, though nothing of it is in the history yet.
    lastActivity: phase === "none" ? lastActivity : Math.max(lastActivity, since),
    draft,
    keep,
    timerSeconds: timer?.seconds ?? 0,
    ...decisions(peer),
    ...(firstUnread !== undefined && { firstUnread: firstUnread.id }),
  };
}

/** Returns the open decisions, each with all that shows it, of one moment, so that all of it is of one key. */
function decisions(peer: Peer): Pick<Chat, "request" | "keyChange" | "standing"> {
  const { contact, chat } = peer;
  const [request, keyChange, standing] = [shownRequest(peer), shownKeyChange(peer), shownStanding(peer)];
  const print = (key: Uint8Array | undefined) => (key === undefined ? "" : fingerprint(key));
  return {
    ...(request !== undefined && {
      request: {
        shown: request,
        fingerprint: print(chat.askedBy ?? contact.identityKey),
        ...(chat.note !== undefined && { note: chat.note }),
      },
    }),
    ...(keyChange !== undefined && {
      keyChange: { shown: keyChange, pinned: print(contact.identityKey), offered: print(contact.changedTo) },
    }),
    ...(standing !== undefined && { standing }),
  };
}

function hasChat({ chat: { phase, lastActivity, draft } }: Peer): boolean {
  return phase !== "none" || lastActivity > 0 || draft !== "";
}
