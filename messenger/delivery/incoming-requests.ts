/** Handles requests to talk: each counts once, and is shown, or accepted where the user wants the same already. */
import type { RequestDelivered } from "../../protocol/client/client.ts";
import type { Username } from "../../protocol/names.ts";
import { membersOf } from "../chats/chat-id.ts";
import { directChat, partnerOf } from "../chats/direct.ts";
import { judgeKey, pinKey, trustOf } from "../contacts/contact.ts";
import type { InvitePasses } from "../contacts/invite-passes.ts";
import { lookAlike } from "../contacts/look-alike.ts";
import type { Notes } from "../contacts/notes.ts";
import type { Talk } from "../contacts/talk.ts";
import { type Context, chatOf } from "../context.ts";
import type { Renewal } from "../groups/renewal.ts";
import { eventBody } from "../kinds/event.ts";
import type { ChatId, RequestNote } from "../model.ts";
import type { StoredChat } from "../store/chats.ts";

interface RequestParts {
  readonly context: Context;
  readonly talk: Talk;
  readonly renewal: Renewal;
  readonly notes: Notes;
  readonly passes: InvitePasses;
  /** Whether the setting accepts people with an invite made here. */
  readonly acceptInvited: () => boolean;
  /** Somebody wants to talk, and waits for the user's answer. */
  readonly onRequest: (chat: ChatId) => void;
}

export class IncomingRequests {
  readonly #parts: RequestParts;
  readonly #context: Context;

  constructor(parts: RequestParts) {
    this.#parts = parts;
    this.#context = parts.context;
  }

  /** Handles one request. In the chat's lane. */
  async take(delivered: RequestDelivered): Promise<void> {
    const { peer: name, conversation, identityKey } = delivered;
    const { store, contacts, direct, me } = this.#context;
    if (name === me().name) return;
    const id = directChat(name);
    const known = store.chats.get(id);
    // A request counts once: a server could play an old one again, signature and all.
    if (known !== undefined && store.received.has(known.number, conversation)) {
      store.transaction(() => this.#parts.renewal.answerAgain(chatOf(store, id), conversation));
      return;
    }
    const { note, passProof } = await this.#parts.notes.open(delivered);
    let invited = false;
    const before = store.chats.get(id)?.phase;
    const after = store.transaction(() => {
      const chat = store.chats.ensure(id);
      if (judgeKey(contacts.get(name), identityKey) === "changed")
        return direct.stopForChangedKey(chat, identityKey);
      // The pass is spent in any case: it has shown whose invite that was.
      if (passProof !== undefined) invited = this.#parts.passes.redeem(passProof, identityKey);
      const asked = this.#parts.renewal.mayAnswer(chat, identityKey)
        ? this.#parts.renewal.asked(chat, conversation)
        : direct.apply(chat, { type: "asked", conversation }, { askedBy: identityKey, note });
      const isOurs = conversation === chat.group.pending || conversation === chat.group.current;
      if (asked !== undefined || isOurs) store.received.note(chat.number, conversation, "never");
      if (asked === undefined && isOurs) this.#noteOfAccepted(chat, identityKey, note);
      return asked;
    });
    const anew = after?.phase === "open" && after.group.pending === conversation;
    if (after === undefined || (after.phase !== "invited" && !anew)) return;
    // Both asked at once, or talk already: both want to.
    if (before === "requested" || anew) await this.#parts.talk.acceptInLane(id);
    else if (invited && this.#letsIn(name)) await this.#letIn(name);
    else this.#parts.onRequest(id);
  }

  /** Whether the setting accepts that person. Not where the name looks like somebody else's: then the user is to look. */
  #letsIn(name: Username): boolean {
    const { store, contacts } = this.#context;
    const names = [...contacts.all()].map(([one]) => one);
    const talkedWith = [...store.chats.all()].flatMap(({ id }) => membersOf(id));
    const known = [...new Set([...names, ...talkedWith])].map((one) => ({
      name: one,
      trust: trustOf(contacts.get(one)),
    }));
    return this.#parts.acceptInvited() && lookAlike(name, known) === undefined;
  }

  async #letIn(name: Username): Promise<void> {
    const { store, chats } = this.#context;
    const id = directChat(name);
    await this.#parts.talk.acceptInLane(id);
    store.transaction(() => chats.addEvent(chatOf(store, id), eventBody("came-by-my-invite", name)));
  }

  /**
   * Adds the note of a request that was accepted by its id: both asked at once, and the server's answer came before their request.
   * Inside a transaction.
   * @param identityKey their pinned one, or the first that was seen
   */
  #noteOfAccepted(chat: StoredChat, identityKey: Uint8Array, note: RequestNote | undefined): void {
    const { contacts, direct } = this.#context;
    if (note?.kind !== "text" || (chat.phase !== "establishing" && chat.phase !== "open")) return;
    contacts.change(partnerOf(chat.id), (contact) => pinKey(contact, identityKey));
    direct.addNote(chat, note, "partner");
  }
}
