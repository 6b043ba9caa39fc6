/**
 * Trust in a person's identity key, on first use. The first key seen in a signed request, in a KeyPackage or Welcome of a conversation
 * that the user wants, or in a request key that a note was sealed for, is pinned. A different key later stops the conversation until the
 * user decides.
 *
 * Keys in LIST and PRESENCE are unauthenticated claims of the server. They are shown while no key is pinned, and have no other effect.
 * Otherwise, a lying server could stop conversations whose keys it cannot change.
 */
import type { RequestKey } from "../../protocol/identity/request-key.ts";
import type { OwnProfile } from "../account/profile.ts";
import type { Trust } from "../model.ts";

export interface Contact {
  /** The pinned key, 32 bytes. */
  readonly identityKey?: Uint8Array | undefined;
  /** Whether the two people have compared the safety number of the pinned key. */
  readonly verified: boolean;
  /** A different key that was presented for this name, until the user decides about it. With the server's help, anybody can present one. */
  readonly changedTo?: Uint8Array | undefined;
  /** Whether the person is blocked: nothing from them is shown or answered, and the server must not deliver it. */
  readonly blocked?: boolean | undefined;
  /** When the key was pinned: Unix time, milliseconds. Absent if no key is pinned or the time was not recorded. */
  readonly knownSince?: number | undefined;
  /** The person's request key, signed by the pinned identity. Notes to them are sealed for it. */
  readonly requestKey?: RequestKey | undefined;
  /** The name and colour that they chose. */
  readonly profile?: OwnProfile | undefined;
}

export const STRANGER: Contact = { verified: false };

export function trustOf(contact: Contact): Trust {
  if (contact.changedTo !== undefined) return "changed";
  if (contact.identityKey === undefined) return "unknown";
  return contact.verified ? "verified" : "pinned";
}

/** Compares a key that was presented for this person with the pinned one. @returns "first" if none is pinned */
export function judgeKey(contact: Contact, key: Uint8Array): "first" | "same" | "changed" {
  if (contact.identityKey === undefined) return "first";
  return Buffer.compare(contact.identityKey, key) === 0 ? "same" : "changed";
}

/** @returns the pinned key as a parameter of a request to talk; {} if none is pinned */
export function knownKey({ identityKey }: Contact): { readonly knownKey?: Uint8Array } {
  return identityKey === undefined ? {} : { knownKey: identityKey };
}

/** Pins a key. @param key one for which judgeKey returns "first" or "same" */
export function pinKey(contact: Contact, key: Uint8Array, now = Date.now()): Contact {
  return contact.identityKey === undefined ? { ...contact, identityKey: key, knownSince: now } : contact;
}

/** Records a changed key. The pinned key stays verified, since nothing that another key signs may change that. */
export function noteChangedKey(contact: Contact, key: Uint8Array): Contact {
  return { ...contact, changedTo: key };
}

/** Pins the changed key, as not verified. */
export function acceptChangedKey(contact: Contact, now = Date.now()): Contact {
  return {
    ...keepPinnedKey(contact),
    verified: false,
    identityKey: contact.changedTo ?? contact.identityKey,
    requestKey: undefined,
    profile: undefined,
    knownSince: now,
  };
}

export function keepPinnedKey(contact: Contact): Contact {
  return { ...contact, changedTo: undefined };
}

/** Marks the pinned key as verified or not. Has no effect without a pinned key, or while a changed key waits for a decision. */
export function markVerified(contact: Contact, verified: boolean): Contact {
  if (verified && (contact.identityKey === undefined || contact.changedTo !== undefined)) return contact;
  return { ...contact, verified };
}
