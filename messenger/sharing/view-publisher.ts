/** Computes the changes of the leader's view since the last publication. */
import type { Username } from "../../protocol/names.ts";
import type { ChatId } from "../model.ts";
import { encodeAccount, encodeState } from "../values.ts";
import type { Snapshots } from "./snapshots.ts";
import type { ViewChange } from "./view-change.ts";

export class ViewPublisher {
  #state = "";
  #account = "";
  readonly #people = new Rows<Username>();
  readonly #chats = new Rows<ChatId>();
  readonly #claims = new Rows<Username>();

  /** @returns the whole view the first time, then changes; undefined if there are none */
  change(shown: Snapshots): ViewChange | undefined {
    const state = encodeState(shown.state);
    const account = shown.account === undefined ? null : encodeAccount(shown.account);
    const people = this.#people.change(shown.people(), (person) => person.name);
    const chats = this.#chats.change(shown.chats(), (chat) => chat.id);
    const claims = this.#claims.change(shown.claimedBlocks(), (name) => name);
    const [stateText, accountText] = [JSON.stringify(state), JSON.stringify(account)];
    const change: ViewChange = {
      ...(stateText !== this.#state && { state }),
      ...(accountText !== this.#account && { account }),
      people: people.now,
      peopleGone: people.gone,
      chats: chats.now,
      chatsGone: chats.gone,
      blocksClaimed: claims.now,
      blocksNotClaimed: claims.gone,
    };
    this.#state = stateText;
    this.#account = accountText;
    const nothing = Object.values(change).every((part) => Array.isArray(part) && part.length === 0);
    return nothing ? undefined : change;
  }
}

/** The last published values, by name or id. */
class Rows<Key extends string> {
  #published = new Map<Key, string>();

  change<Row>(rows: readonly Row[], keyOf: (row: Row) => Key): { now: Row[]; gone: Key[] } {
    const published = new Map(rows.map((row) => [keyOf(row), JSON.stringify(row)]));
    const now = rows.filter((row) => this.#published.get(keyOf(row)) !== published.get(keyOf(row)));
    const gone = [...this.#published.keys()].filter((key) => !published.has(key));
    this.#published = published;
    return { now, gone };
  }
}
