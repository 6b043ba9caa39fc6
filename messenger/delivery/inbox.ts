/**
 * Handles deliveries about conversations between two people: one after the other in the lane of their chat. A delivery is
 * confirmed once its effect is on disk; then the server forgets it. One that has no meaning (any more) is
 * confirmed too, or it would come for ever.
 */
import type { Client, Delivered, EndDelivered } from "../../protocol/client/client.ts";
import type { Username } from "../../protocol/names.ts";
import { directChat } from "../chats/direct.ts";
import type { Typing } from "../chats/typing.ts";
import type { Talk } from "../contacts/talk.ts";
import type { Context } from "../context.ts";
import type { Renewal } from "../groups/renewal.ts";
import type { IncomingMessages } from "./incoming-messages.ts";
import type { IncomingRequests } from "./incoming-requests.ts";
import { Intake } from "./intake.ts";
import type { KeyAgreement } from "./key-agreement.ts";

interface InboxParts {
  readonly context: Context;
  readonly talk: Talk;
  readonly renewal: Renewal;
  readonly requests: IncomingRequests;
  readonly agreement: KeyAgreement;
  readonly messages: IncomingMessages;
  readonly typing: Typing;
}

export class Inbox {
  readonly #parts: InboxParts;
  readonly #context: Context;

  constructor(parts: InboxParts) {
    this.#parts = parts;
    this.#context = parts.context;
  }

  listen(client: Client): void {
    let intake = new Intake(() => client.hangUp());
    client.on("state", ({ type }) => {
      if (type === "online") return;
      intake.lineGone();
      intake = new Intake(() => client.hangUp());
    });
    const take = (delivered: Delivered, work: () => Promise<void> | void) =>
      this.#take(intake, delivered, work);
    client.on("request", (delivered) => take(delivered, () => this.#parts.requests.take(delivered)));
    const takeAnswer = (delivered: Delivered, work: () => Promise<void>) => {
      if (!this.#isKnown(delivered.peer)) this.#parts.messages.takeStray(delivered);
      else take(delivered, work);
    };
    client.on("accept", (delivered) =>
      takeAnswer(delivered, () => this.#parts.agreement.accepted(delivered)),
    );
    client.on("establishment", (delivered) =>
      takeAnswer(delivered, () => this.#parts.agreement.established(delivered)),
    );
    client.on("refuse", (delivered) => take(delivered, () => this.#refused(delivered)));
    client.on("notify", (delivered) => take(delivered, () => this.#notified(delivered)));
    client.on("message", (delivered) => this.#parts.messages.take(delivered, intake));
    client.on("signal", (delivered) => this.#parts.typing.heard(delivered));
    client.on("forged", ({ peer, conversation, error, forAnotherKey }) => {
      this.#context.log.warn(`A forged request was dropped: ${error.code}`);
      // The requester hears the reason, and asks again by the key that we have now.
      if (forAnotherKey && !this.#context.contacts.isBlocked(peer))
        this.#context.server
          .ask("refuseForged", peer, conversation)
          .catch((failure: unknown) => this.#context.log.debug(String(failure)));
    });
  }

  #take(intake: Intake, delivered: Delivered, work: () => Promise<void> | void): void {
    const { log, store, contacts } = this.#context;
    this.#parts.messages
      .takeBetween(delivered.peer, intake, async () => {
        if (!store.isOpen || !intake.counts) return;
        // The server keeps them away; should it not, or not yet, this does.
        if (!contacts.isBlocked(delivered.peer)) await work();
        delivered.confirm();
      })
      .catch((error: unknown) => {
        log.error(`A delivery stays unconfirmed: ${String(error)}`);
        intake.failed(error);
      });
  }

  /** Whether there is anything here of that person. */
  #isKnown(name: Username): boolean {
    const { store } = this.#context;
    return store.chats.get(directChat(name)) !== undefined || store.contacts.get(name) !== undefined;
  }

  #refused(delivered: Delivered): void {
    const { log, store } = this.#context;
    const { peer, conversation } = delivered;
    const refused = () => {
      if (store.isOpen) this.#ended(delivered, "refused");
    };
    if (!this.#isKnown(peer) || !this.#parts.talk.mayHaveMissed(peer, conversation)) {
      refused();
      return;
    }
    this.#parts.talk
      .askAgainIfMissed(peer, refused)
      .catch((error: unknown) => log.info(`A request did not go again: ${String(error)}`));
  }

  #notified(delivered: EndDelivered): void {
    const { store, direct } = this.#context;
    const { reason, conversation } = delivered;
    const chat = store.chats.get(directChat(delivered.peer));
    if (chat === undefined) return;
    switch (reason) {
      case "closed":
        this.#ended(delivered, "closed");
        return;
      case "lost-state":
        store.transaction(() => this.#parts.renewal.peerLostState(chat, conversation));
        return;
      case "gave-way":
        // Between people who talk, the server has forgotten that they do.
        if (chat.phase === "open")
          store.transaction(() => direct.lose(chat, { type: "failed", conversation }));
        else this.#ended(delivered, "gave-way");
        return;
    }
  }

  #ended({ peer: name, conversation }: Delivered, type: "refused" | "closed" | "gave-way"): void {
    const { store, direct } = this.#context;
    store.transaction(() => {
      const chat = store.chats.get(directChat(name));
      if (chat !== undefined) direct.apply(chat, { type, conversation });
    });
  }
}
