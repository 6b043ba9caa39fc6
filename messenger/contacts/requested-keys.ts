/**
 * Finds out whether a request was refused because of an outdated key. A request names the recipient's key, and a client refuses one that
 * names another key than its own before its user sees it. The server may have shown a key that the recipient had until a moment ago.
 */
import type { ConversationId, Username } from "../../protocol/names.ts";
import { directChat } from "../chats/direct.ts";
import type { Context } from "../context.ts";
import { judgeKey } from "./contact.ts";

/** Milliseconds after a request in which a refusal may be due to an outdated key. Presence reaches clients within seconds. */
const OUTDATED_WITHIN_MS = 60_000;

/** The last request to a person who was shown online. */
interface Requested {
  readonly conversation: ConversationId;
  /** The key that the server showed and the request names. */
  readonly key: Uint8Array;
  /** performance.now() */
  readonly at: number;
}

export class RequestedKeys {
  readonly #context: Context;
  readonly #requested = new Map<Username, Requested>();

  constructor(context: Context) {
    this.#context = context;
  }

  /** Records the key that a request is about to name, if the server shows one. */
  note(name: Username, conversation: ConversationId): void {
    const key = this.#context.server.line?.users.get(name)?.identityKey;
    if (key !== undefined) this.#requested.set(name, { conversation, key, at: performance.now() });
  }

  /** @returns whether the refusal of that request may be due to an outdated key */
  mayBeOutdated(name: Username, conversation: ConversationId): boolean {
    const asked = this.#requested.get(name);
    if (asked?.conversation !== conversation || performance.now() - asked.at > OUTDATED_WITHIN_MS)
      return false;
    return this.#context.store.chats.get(directChat(name))?.phase === "requested";
  }

  /** Asks the server for the present key and compares. Forgets the request. @returns whether the server shows another key now */
  async isOutdated(name: Username): Promise<boolean> {
    const asked = this.#requested.get(name);
    this.#requested.delete(name);
    const shown = await this.#shownNow(name);
    return asked !== undefined && shown !== undefined && Buffer.compare(asked.key, shown) !== 0;
  }

  /** Updates the list of people online if it shows a changed key, since a note is sealed for the present key. */
  async refreshIfChanged(name: Username): Promise<void> {
    const { contacts, server } = this.#context;
    const shown = server.line?.users.get(name)?.identityKey;
    if (shown === undefined || judgeKey(contacts.get(name), shown) !== "changed") return;
    await server.ask("list");
  }

  /** @returns the key that the server shows now; undefined if it shows none or the line has ended */
  async #shownNow(name: Username): Promise<Uint8Array | undefined> {
    try {
      return (await this.#context.server.ask("list")).get(name)?.identityKey;
    } catch (error) {
      this.#context.log.debug(String(error));
      return undefined;
    }
  }
}
