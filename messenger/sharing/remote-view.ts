/** A follower's copy of the leader's view. */
import type { Username } from "../../protocol/names.ts";
import type { Account, Chat, ChatId, MessengerState, Person } from "../model.ts";
import { byActivity, byPresence, emptyChat } from "../snapshots.ts";
import type { Snapshots } from "./snapshots.ts";
import type { CheckedViewChange } from "./view-change.ts";

export class RemoteView implements Snapshots {
  #state: MessengerState = { type: "connecting" };
  #account: Account | undefined;
  readonly #people = new Map<Username, Person>();
  readonly #chats = new Map<ChatId, Chat>();
  readonly #claims = new Set<Username>();
  #sortedPeople: readonly Person[] = [];
  #sortedChats: readonly Chat[] = [];

  apply(change: CheckedViewChange): void {
    const { state, account, people, peopleGone, chats, chatsGone } = change;
    if (state !== undefined) this.#state = state;
    if (account !== undefined) this.#account = account ?? undefined;
    for (const person of people) this.#people.set(person.name, person);
    for (const name of peopleGone) this.#people.delete(name);
    for (const chat of chats) this.#chats.set(chat.id, chat);
    for (const id of chatsGone) this.#chats.delete(id);
    for (const name of change.blocksClaimed) this.#claims.add(name);
    for (const name of change.blocksNotClaimed) this.#claims.delete(name);
    this.#sortedPeople = [...this.#people.values()].sort(byPresence);
    this.#sortedChats = [...this.#chats.values()].sort(byActivity);
  }

  get state(): MessengerState {
    return this.#state;
  }

  get account(): Account | undefined {
    return this.#account;
  }

  people(): readonly Person[] {
    return this.#sortedPeople;
  }

  chats(): readonly Chat[] {
    return this.#sortedChats;
  }

  claimedBlocks(): readonly Username[] {
    return [...this.#claims].sort();
  }

  chat(id: ChatId): Chat {
    const empty = emptyChat(id, (name) => {
      const { online = false, trust = "unknown" } = this.#people.get(name) ?? {};
      return { name, online, trust, blocked: false };
    });
    return this.#chats.get(id) ?? empty;
  }
}
