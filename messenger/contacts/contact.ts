/**
 * Our knowledge of a person's identity key: trust on first use. The first key met in a signed request, a KeyPackage
 * or a Welcome of a conversation that the user wants, or in a request key that a note was sealed for, is pinned; another one later stops the conversation until the user decides.
 *
 * The claims of LIST and PRESENCE are shown while nothing is pinned and count for nothing else: they are the server's
 * word alone, and a server that lies there would otherwise stop conversations whose keys it cannot touch.
 */
import type { RequestKey } from "../../protocol/identity/request-key.ts";
import type { Trust } from "../model.ts";

export interface Contact {
  /** The pinned key, 32 bytes. */
  readonly identityKey?: Uint8Array | undefined;
  /** The two people have compared the safety number of the pinned key. */
  readonly verified: boolean;
  /** Another key that came in the person's name, and that the user has not decided about. Anybody whom the server helps can make one come. */
  readonly changedTo?: Uint8Array | undefined;
  /** Nothing of theirs is shown or answered, and the server has to keep them away. */
  readonly blocked?: boolean | undefined;
  /** When the key was pinned. Unix time, milliseconds; absent where nothing is pinned, or it was before this was noted. */
  readonly knownSince?: number | undefined;
  /** The key that notes to them are sealed for, as the pinned identity has signed it. */
  readonly requestKey?: RequestKey | undefined;
}

export const STRANGER: Contact = { verified: false };

export function trustOf(contact: Contact): Trust {
  if (contact.changedTo !== undefined) return "changed";
  if (contact.identityKey === undefined) return "unknown";
  return contact.verified ? "verified" : "pinned";
}

/** @returns the standing of a key that came in this person's name: the first, the pinned one, or another */
export function judgeKey(contact: Contact, key: Uint8Array): "first" | "same" | "changed" {
  if (contact.identityKey === undefined) return "first";
  return Buffer.compare(contact.identityKey, key) === 0 ? "same" : "changed";
}

/** @returns the pinned key, as a request to talk names it; nothing where none is */
export function knownKey({ identityKey }: Contact): { readonly knownKey?: Uint8Array } {
  return identityKey === undefined ? {} : { knownKey: identityKey };
}

/** @param key one that judgeKey calls "first" or "same" */
export function pinKey(contact: Contact, key: Uint8Array, now = Date.now()): Contact {
  return contact.identityKey === undefined ? { ...contact, identityKey: key, knownSince: now } : contact;
}

/** Notes another key. The comparison of the pinned key remains valid: nothing that somebody else signs takes it away. */
export function noteChangedKey(contact: Contact, key: Uint8Array): Contact {
  return { ...contact, changedTo: key };
}

/** Pins the new key, which nobody has compared yet. */
export function acceptChangedKey(contact: Contact, now = Date.now()): Contact {
  return {
    ...keepPinnedKey(contact),
    verified: false,
    identityKey: contact.changedTo ?? contact.identityKey,
    requestKey: undefined,
    knownSince: now,
  };
}

export function keepPinnedKey(contact: Contact): Contact {
  return { ...contact, changedTo: undefined };
}

/** Marks the key as verified. Only a pinned and unchanged key can be; while another one waits for a decision, none is. */
export function markVerified(contact: Contact, verified: boolean): Contact {
  if (verified && (contact.identityKey === undefined || contact.changedTo !== undefined)) return contact;
  return { ...contact, verified };
}
