/**
 * The user's block list. The server enforces it, and keeps it; we keep it too, so that a server that
 * forgets is told again, and one that does not obey changes nothing.
 *
 * Only the user blocks anybody. A name that the server alone lists was blocked from another computer, or from this one before it lost
 * its history, or the server lies: that is shown, and it is for the user to keep it or to lift it.
 */
import { UsageError } from "../../protocol/errors.ts";
import type { Username } from "../../protocol/names.ts";
import type { Params } from "../calls.ts";
import { directChat } from "../chats/direct.ts";
import { type Context, chatOf } from "../context.ts";
import type { Shown } from "../model.ts";
import { assertShown, shownRequest } from "../shown.ts";

/** More than a server keeps for one person. */
const MAX_CLAIMS = 1000;

export class Blocking {
  readonly #context: Context;
  readonly #changed: (released: readonly Username[]) => void;
  /** Names that the server lists, and nobody here has blocked. Its word of this sign-in, or of the last one; never on disk. */
  #claimed: ReadonlySet<Username> = new Set();
  /** Names that the user has decided about since the server was asked. */
  #decided = new Set<Username>();

  /** @param changed called when `claimed` may have changed, with the names no longer in it */
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

  /** Names blocked according to the server, and not blocked here. */
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
    this.#reconcile().catch((error: unknown) => log.warn(`Blocks were not compared: ${String(error)}`));
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
   * Ends the conversation, for us alone: nothing that leaves may reveal it. Its keys stay until then, so that messages
   * in it still count as theirs, and not as strays whose sender is told.
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
