/**
 * Seals and opens the notes of requests to talk. A note is sealed for the recipient's request key, since there is no conversation yet.
 * Sealing for a key pins the identity key that signed it: if that person's key differs later, the chat stops.
 */
import { setTimeout as pause } from "node:timers/promises";
import type { RequestDelivered } from "../../protocol/client/client.ts";
import { isNote, type Note, noteMessageId, openNote, sealNote } from "../../protocol/e2ee/note.ts";
import { NetworkError, ParleyError, RefusedError, TrustError, UsageError } from "../../protocol/errors.ts";
import type { RequestKey, SignedRequestKey } from "../../protocol/identity/request-key.ts";
import type { ConversationId, Username } from "../../protocol/names.ts";
import { directChat } from "../chats/direct.ts";
import type { Context } from "../context.ts";
import type { Server } from "../delivery/server.ts";
import type { RequestNote } from "../model.ts";
import { type Contact, judgeKey, pinKey } from "./contact.ts";
import type { InvitePasses } from "./invite-passes.ts";
import { isValid, OwnRequestKeys, outlastsWait } from "./request-keys.ts";

/** Milliseconds between checks whether the request key has to be replaced, while online. */
const LOOK_MS = 60 * 60_000;
const PATIENCE_MS = 2_000;
const TRY_AGAIN_MS = 200;

export interface NoteToSeal {
  /** The user's text, or "" for only the proof of an invite. */
  readonly text: string;
  readonly to: Username;
  readonly conversation: ConversationId;
  /** Whether the server keeps the request for a person who may be offline. */
  readonly wait: boolean;
}

/** The contents of an opened note. */
export interface OpenedNote {
  /** The text for the user; absent if the note has only a proof. */
  readonly note?: RequestNote;
  readonly passProof?: Uint8Array;
}

export class Notes {
  readonly #context: Context;
  readonly #passes: InvitePasses;
  readonly #keys: OwnRequestKeys;
  readonly #timer: NodeJS.Timeout;
  /** The key that was published on the present connection. */
  #published: Uint8Array | undefined;

  constructor(context: Context, passes: InvitePasses) {
    this.#context = context;
    this.#passes = passes;
    this.#keys = new OwnRequestKeys(context.store);
    this.#timer = setInterval(() => this.#lookAtKeys(), LOOK_MS);
    this.#timer.unref();
  }

  close(): void {
    clearInterval(this.#timer);
  }

  /** Publishes the request key, also if the server should have it, since it may have been restored from a backup. */
  lineOpened(): void {
    this.#published = undefined;
    this.#lookAtKeys();
  }

  #lookAtKeys(): void {
    const { log } = this.#context;
    this.#publish().catch((error: unknown) => {
      if (error instanceof NetworkError || error instanceof UsageError) return; // retried at the next sign-in
      log.warn(`Could not publish a request key: ${error instanceof Error ? error.message : String(error)}`);
    });
  }

  async #publish(): Promise<void> {
    const { server } = this.#context;
    if (server.line === undefined) return;
    // Sign-in has checked the clock against the server's certificate and revocation list, to within days, so it may expire keys.
    this.#keys.forgetExpired(now());
    const key = await this.#keys.current(now());
    if (this.#published && Buffer.compare(this.#published, key.key) === 0) return;
    this.#published = key.key;
    await server.ask("publishRequestKey", key);
  }

  /**
   * Seals a note for a person, with a stored or a fetched request key.
   * @throws UsageError "too-large", "note-unsealable" if there is no key; RefusedError "user-not-found" if the request would not be
   * delivered either; TrustError "identity-changed", "identity-mismatch"; NetworkError
   */
  async seal({ text, to, conversation, wait }: NoteToSeal): Promise<Uint8Array> {
    if (text !== "" && !isNote(text)) throw new UsageError("too-large", "The note is too long");
    const given = await this.#askPatiently(to);
    const { contacts, lanes, me, store } = this.#context;
    const { key, identityKey } = await lanes.run(directChat(to), () => {
      if (!store.isOpen) throw new UsageError("closed", "The store was closed");
      if (given !== undefined && this.#keep(to, given) === "changed")
        throw new TrustError("identity-changed", `The request key of ${to} is of another identity`);
      const contact = contacts.get(to);
      return { key: usable(contact, wait), identityKey: contact.identityKey };
    });
    if (key === undefined) {
      if (!wait && !this.#isShownOnline(to))
        throw new RefusedError("user-not-found", "Nobody of that name is there to be asked");
      throw new UsageError("note-unsealable", `There is no key to seal a note for ${to}`);
    }
    try {
      const { name, server } = me();
      const passProof = identityKey && this.#passes.proofFor(to, identityKey);
      const note: Note = passProof === undefined ? { text } : { text, passProof };
      return await sealNote(note, key.key, { conversation, server, requester: name, addressee: to });
    } catch (cause) {
      throw new UsageError("note-unsealable", `The request key of ${to} is none`, { cause });
    }
  }

  /** Like ask(), but retries, since a person who has just come online may publish the key a moment later. */
  async #askPatiently(name: Username): Promise<SignedRequestKey | undefined> {
    const deadline = Date.now() + PATIENCE_MS;
    for (;;) {
      const given = await ask(this.#context.server, name);
      const kept = usable(this.#context.contacts.get(name), false);
      if (given !== undefined || kept !== undefined || !this.#isShownOnline(name) || Date.now() > deadline)
        return given;
      await pause(TRY_AGAIN_MS);
    }
  }

  #isShownOnline(name: Username): boolean {
    return this.#context.server.line?.users.has(name) ?? false;
  }

  /** Fetches a person's request key once a conversation is established, for later notes while they are offline. */
  fetchKey(name: Username): void {
    const { contacts, lanes, log, store, server } = this.#context;
    if (server.line === undefined || usable(contacts.get(name), true) !== undefined) return;
    ask(server, name)
      .then((given) =>
        lanes.run(directChat(name), () => {
          // Ignore a key of another identity: the conversation detects that, and this runs in the background.
          if (given === undefined || !store.isOpen) return;
          if (judgeKey(contacts.get(name), given.identityKey) === "same") this.#keep(name, given);
        }),
      )
      .catch((error: unknown) => log.debug(`Could not store a request key: ${String(error)}`));
  }

  /** Opens a note. @param delivered a request whose signature, which covers the note, was checked. @returns {} if it has no note */
  async open({ peer, conversation, note }: RequestDelivered): Promise<OpenedNote> {
    if (note === undefined) return {};
    const { log, me } = this.#context;
    const { name, server } = me();
    const place = { conversation, server, requester: peer, addressee: name };
    let failure = "undecryptable";
    for (const { privateKey } of this.#keys.valid(now())) {
      try {
        const { text, ...proof } = await openNote(note, privateKey, place);
        return text === "" ? proof : { note: { kind: "text", id: noteMessageId(note), text }, ...proof };
      } catch (error) {
        if (!(error instanceof ParleyError)) throw error;
        failure = error.code;
      }
    }
    log.warn(`A note with a request could not be opened: ${failure}`);
    return { note: { kind: "unopened" } };
  }

  /** Stores a person's request key. Called in the chat's lane. @returns the result for its identity key; "changed" stops the chat */
  #keep(name: Username, { identityKey, key, validUntil }: SignedRequestKey): ReturnType<typeof judgeKey> {
    const { store, contacts, direct } = this.#context;
    return store.transaction(() => {
      const judgement = judgeKey(contacts.get(name), identityKey);
      if (judgement === "changed")
        direct.stopForChangedKey(store.chats.ensure(directChat(name)), identityKey);
      else
        contacts.change(name, (contact) => ({
          ...pinKey(contact, identityKey),
          requestKey: { key, validUntil },
        }));
      return judgement;
    });
  }
}

/** Requests a person's key. @returns undefined if there is none: the server does not reveal whether the name exists */
async function ask(server: Server, name: Username): Promise<SignedRequestKey | undefined> {
  try {
    const given = await server.ask("requestKey", name);
    return isValid(given, now()) ? given : undefined;
  } catch (error) {
    if (error instanceof RefusedError && error.code === "user-not-found") return undefined;
    throw error;
  }
}

/** @returns the stored key, if a note that is sealed for it now can be opened */
function usable({ requestKey: key }: Contact, wait: boolean): RequestKey | undefined {
  if (key === undefined || !isValid(key, now())) return undefined;
  return wait && !outlastsWait(key, now()) ? undefined : key;
}

/** Returns Unix time, in seconds. */
function now(): number {
  return Math.floor(Date.now() / 1000);
}
