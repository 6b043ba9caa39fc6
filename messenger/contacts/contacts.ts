/** Reads contacts from the store, and changes them within the caller's transaction. */
import type { Username } from "../../protocol/names.ts";
import type { News } from "../news.ts";
import type { Store } from "../store/store.ts";
import { type Contact, STRANGER } from "./contact.ts";

export class Contacts {
  readonly #store: Store;
  readonly #news: News;

  constructor(store: Store, news: News) {
    this.#store = store;
    this.#news = news;
  }

  /** @returns STRANGER for a person without a contact */
  get(name: Username): Contact {
    return this.#store.contacts.get(name) ?? STRANGER;
  }

  all(): IterableIterator<[Username, Contact]> {
    return this.#store.contacts.all();
  }

  isBlocked(name: Username): boolean {
    return this.get(name).blocked === true;
  }

  /** @returns the people whose changed key waits for the user's decision */
  changed(people: readonly Username[]): readonly Username[] {
    return people.filter((name) => this.get(name).changedTo !== undefined);
  }

  /** Changes a contact, and emits "changed" once it is on disk. Called inside a transaction. @returns the changed contact */
  change(name: Username, change: (contact: Contact) => Contact): Contact {
    const changed = change(this.get(name));
    this.#store.contacts.put(name, changed);
    this.#news.whenTrue(() => this.#news.changed());
    return changed;
  }
}
