/**
 * Notes with requests to talk: sealed for the request key of somebody with whom there is no conversation yet, and opened
 * with our own. The owner of a key that a note was sealed for is pinned: from then on the key is that person's, or the chat stops.
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

/** How often a Parley that stays online looks whether it is time for another key. */
const LOOK_MS = 60 * 60_000;
const PATIENCE_MS = 2_000;
const TRY_AGAIN_MS = 200;

export interface NoteToSeal {
  /** "": nothing but the proof that one came by their invite. */
  readonly text: string;
  readonly to: Username;
  readonly conversation: ConversationId;
  /** The request is left for somebody who may be away. */
  readonly wait: boolean;
}

/** The contents of a request's note, once opened. */
export interface OpenedNote {
  /** For the user; none where the note holds a proof only. */
  readonly note?: RequestNote;
  readonly passProof?: Uint8Array;
}

export class Notes {
  readonly #context: Context;
  readonly #passes: InvitePasses;
  readonly #keys: OwnRequestKeys;
  readonly #timer: NodeJS.Timeout;
  /** The key published on the present connection. */
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

  /** Publishes our request key even if the server may have it: the server may have been restored from a backup. */
  lineOpened(): void {
    this.#published = undefined;
    this.#lookAtKeys();
  }

  #lookAtKeys(): void {
    const { log } = this.#context;
    this.#publish().catch((error: unknown) => {
      if (error instanceof NetworkError || error instanceof UsageError) return; // at the next sign-in
      log.warn(`No request key was published: ${error instanceof Error ? error.message : String(error)}`);
    });
  }

  async #publish(): Promise<void> {
    const { server } = this.#context;
    if (server.line === undefined) return;
    // A signed-in client's clock fits the server's certificate and list, to some days: it may end a key's life.
    this.#keys.forgetExpired(now());
    const key = await this.#keys.current(now());
    if (this.#published && Buffer.compare(this.#published, key.key) === 0) return;
    this.#published = key.key;
    await server.ask("publishRequestKey", key);
  }

  /**
   * @returns the sealed note
   * @throws UsageError "too-large", "note-unsealable" where no key is to be had; RefusedError "user-not-found" where they would not
   * get the request either; TrustError "identity-changed", "identity-mismatch"; NetworkError
   */
  async seal({ text, to, conversation, wait }: NoteToSeal): Promise<Uint8Array> {
    if (text !== "" && !isNote(text)) throw new UsageError("too-large", "A note has a bound");
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

  /** As ask(); somebody who has just come online may publish theirs a moment later. */
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

  /** Fetches their key once a conversation is established, for notes when they are away. */
  met(name: Username): void {
    const { contacts, lanes, log, store, server } = this.#context;
    if (server.line === undefined || usable(contacts.get(name), true) !== undefined) return;
    ask(server, name)
      .then((given) =>
        lanes.run(directChat(name), () => {
          // Another identity's key is noticed by the conversation: here nobody waits for an answer.
          if (given === undefined || !store.isOpen) return;
          if (judgeKey(contacts.get(name), given.identityKey) === "same") this.#keep(name, given);
        }),
      )
      .catch((error: unknown) => log.debug(`No request key was kept: ${String(error)}`));
  }

  /** @param delivered its signature, which covers the note, was checked. @returns nothing in it where there is no note */
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

  /** Stores a request key. In the lane of the chat with that person. @returns the standing of its identity key; "changed" stops the chat */
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

/** @returns undefined for a name without a key, away or unknown: one answer for all */
async function ask(server: Server, name: Username): Promise<SignedRequestKey | undefined> {
  try {
    const given = await server.ask("requestKey", name);
    return isValid(given, now()) ? given : undefined;
  } catch (error) {
    if (error instanceof RefusedError && error.code === "user-not-found") return undefined;
    throw error;
  }
}

/** @returns the key that was kept, where a note sealed for it now will open */
function usable({ requestKey: key }: Contact, wait: boolean): RequestKey | undefined {
  if (key === undefined || !isValid(key, now())) return undefined;
  return wait && !outlastsWait(key, now()) ? undefined : key;
}

/** Unix time, seconds. */
function now(): number {
  return Math.floor(Date.now() / 1000);
}
