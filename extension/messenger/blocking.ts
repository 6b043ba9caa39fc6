/**
 * Whom the user wants to be left alone by. The server enforces it, and keeps it; we keep it too, so that a server that
 * forgets is told again, and one that does not obey changes nothing. Where the two lists differ, blocked it is.
 */
import { UsageError } from "../../protocol/errors.ts";
import type { Username } from "../../protocol/names.ts";
import { type Context, peerOf } from "./context.ts";
import type { Shown } from "./model.ts";
import { assertShown, shownRequest } from "./shown.ts";

export class Blocking {
  readonly #context: Context;

  constructor(context: Context) {
    this.#context = context;
  }

  list(): readonly Username[] {
    return [...this.#context.store.peers.all()]
      .filter((peer) => peer.contact.blocked)
      .map((peer) => peer.name)
      .sort();
  }

  /** @param request as Messenger.block */
  async block(name: Username, request: Shown<"request"> | null): Promise<void> {
    if (name === this.#context.me().name) throw new UsageError("bad-argument", "One cannot block oneself");
    await this.#note(name, request);
    await this.#context.client()?.block(name);
  }

  async unblock(name: Username): Promise<void> {
    const { store, chats, conversations, lanes } = this.#context;
    const client = this.#context.client();
    if (client === undefined) throw new UsageError("not-connected", "Unblocking needs the server");
    await client.unblock(name);
    await lanes.run(name, () =>
      store.transaction(() => {
        const peer = store.peers.get(name);
        if (peer === undefined) return;
        conversations.drop(peer.id);
        chats.change({ ...peer, contact: { ...peer.contact, blocked: undefined } }, {});
      }),
    );
  }

  lineStands(): void {
    const { log } = this.#context;
    this.#reconcile().catch((error: unknown) => log.warn(`Blocks were not compared: ${String(error)}`));
  }

  async #reconcile(): Promise<void> {
    const client = this.#context.client();
    if (client === undefined) return;
    const kept = await client.blocked();
    if (!this.#context.store.isOpen) return;
    const known = this.list();
    for (const name of kept) if (!known.includes(name)) await this.#note(name);
    for (const name of known) if (!kept.includes(name)) await client.block(name);
  }

  /**
   * Ends what there is, for us alone: nothing that leaves may tell them. Its keys stay until then, so that what comes
   * in it still counts as theirs, and not as a stray whose sender is to be told.
   */
  #note(name: Username, request: Shown<"request"> | null = null): Promise<void> {
    const { store, chats, lanes } = this.#context;
    return lanes.run(name, () => {
      store.transaction(() => {
        if (request !== null) assertShown(request, shownRequest(peerOf(store, name)), "request-changed");
        const peer = store.peers.ensure(name);
        for (const entry of store.outbox.all(peer.id)) {
          store.outbox.remove(entry.position);
          if (entry.outgoing.verb === "message") chats.fail(peer, entry.outgoing.id, "no-conversation");
        }
        const ended = chats.apply(peer, { type: "block" }) ?? peer;
        chats.change(
          { ...ended, contact: { ...ended.contact, blocked: true } },
          { unread: 0, firstUnread: undefined },
        );
      });
    });
  }
}
