/**
 * The user's block list. The server stores and enforces it. It is stored here too, so that a server that loses it receives it again, and
 * a server that ignores it has no effect.
 *
 * Only the user can block a person. If only the server lists a name, it was blocked on another computer, or on this one before it lost its
 * history, or the server is lying. Such a claimed block is shown, and the user keeps or lifts it.
 */
import { UsageError } from "../../protocol/errors.ts";
import type { Username } from "../../protocol/names.ts";
import type { Params } from "../calls.ts";
import { directChat } from "../chats/direct.ts";
import { type Context, chatOf } from "../context.ts";
import type { Shown } from "../model.ts";
import { assertShown, shownRequest } from "../shown.ts";

/** The most names accepted from a server, more than it keeps for one person. */
const MAX_CLAIMS = 1000;

export class Blocking {
  readonly #context: Context;
  readonly #changed: (released: readonly Username[]) => void;
  /** Names that the server lists and this store does not, as of the last sign-in. Never on disk. */
  #claimed: ReadonlySet<Username> = new Set();
  /** Names that the user has decided about since the server's list was requested. */
  #decided = new Set<Username>();

  /** @param changed called when `claimed` may have changed. `released`: the names that are no longer in it */
  constructor(context: Context, changed: (released: readonly Username[]) => void) {
    this.#context = context;
    this.#changed = changed;
  }

  blocked(): readonly Username[] {
    return [...this.#context.contacts.all()]
      .filter(([, contact]) => contact.blocked)
      .map(([name]) => name)
      .sort();
  }

  /** Returns the names that the server lists as blocked and this store does not. */
  claimed(): readonly Username[] {
    return [...this.#claimed].sort();
  }

  isClaimed(name: Username): boolean {
    return this.#claimed.has(name);
  }

  async block({ peer: name, request }: Params<"block">): Promise<void> {
    if (name === this.#context.me().name) throw new UsageError("bad-argument", "One cannot block oneself");
    await this.#note(name, request);
    this.#decide(name);
    const { server } = this.#context;
    if (server.line !== undefined) await server.ask("block", name);
  }

  async unblock({ peer: name }: Params<"unblock">): Promise<void> {
    const { store, contacts, conversations, lanes, server } = this.#context;
    await server.ask("unblock", name);
    const id = directChat(name);
    await lanes.run(id, () =>
      store.transaction(() => {
        if (!contacts.isBlocked(name)) return;
        const chat = store.chats.get(id);
        if (chat !== undefined) conversations.drop(chat.number);
        contacts.change(name, (contact) => ({ ...contact, blocked: undefined }));
      }),
    );
    this.#decide(name);
  }

  lineOpened(): void {
    const { log } = this.#context;
    this.#reconcile().catch((error: unknown) =>
      log.warn(`Could not compare the block lists: ${String(error)}`),
    );
  }

  async #reconcile(): Promise<void> {
    const { store, me, server } = this.#context;
    if (server.line === undefined) return;
    const decided = new Set<Username>();
    this.#decided = decided;
    const kept = new Set(await server.ask("blocked"));
    if (!store.isOpen) return;
    const known = this.blocked();
    const own = new Set<Username>([...known, ...decided, me().name]);
    this.#claim([...kept].filter((name) => !own.has(name)).slice(0, MAX_CLAIMS));
    for (const name of known) if (!kept.has(name)) await server.ask("block", name);
  }

  #decide(name: Username): void {
    this.#decided.add(name);
    if (this.#claimed.has(name)) this.#claim(this.claimed().filter((claimed) => claimed !== name));
  }

  #claim(names: readonly Username[]): void {
    const claimed = new Set(names);
    const released = this.claimed().filter((name) => !claimed.has(name));
    this.#claimed = claimed;
    this.#changed(released);
  }

  /**
   * Stores the block and ends the conversation, only on this side, since nothing that is sent may reveal the block. The conversation's keys
   * stay for now, so that its messages are not taken for strays, whose sender would be notified.
   */
  #note(name: Username, request: Shown<"request"> | null = null): Promise<void> {
    const { store, contacts, chats, direct, lanes } = this.#context;
    const id = directChat(name);
    return lanes.run(id, () => {
      store.transaction(() => {
        if (request !== null) {
          const now = shownRequest(chatOf(store, id), contacts.get(name));
          assertShown(request, now, "request-changed");
        }
        const chat = store.chats.ensure(id);
        for (const entry of store.outbox.all(chat.number)) {
          store.outbox.remove(entry.position);
          if (entry.outgoing.verb === "message") chats.fail(chat, entry.outgoing.id, "no-conversation");
        }
        const ended = direct.apply(chat, { type: "block" }) ?? chat;
        contacts.change(name, (contact) => ({ ...contact, blocked: true }));
        chats.change(ended, { unread: 0, firstUnread: undefined });
      });
    });
  }
}
