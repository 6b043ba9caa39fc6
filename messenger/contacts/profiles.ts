/** Shows the profiles of people, and warns of display names that look like the name of somebody else. */

import type { Username } from "../../protocol/names.ts";
import { readMembership } from "../account/account.ts";
import type { ShownProfile } from "../model.ts";
import type { Store } from "../store/store.ts";
import { skeleton } from "./look-alike.ts";

export class Profiles {
  readonly #store: Store;
  /** The people whom the user knows, and the user, by the skeletons of their names. */
  #known: ReadonlyMap<string, readonly Username[]> | undefined;

  constructor(store: Store) {
    this.#store = store;
  }

  /** @returns undefined for a person without a profile */
  of(person: Username): ShownProfile | undefined {
    const { name, color } = this.#store.contacts.get(person)?.profile ?? { name: "", color: 0 };
    if (name === "") return color === 0 ? undefined : { name, color };
    this.#known ??= this.#index();
    const alike = this.#known.get(skeleton(name))?.find((other) => other !== person);
    return { name, color, ...(alike !== undefined && { alike }) };
  }

  #index(): ReadonlyMap<string, readonly Username[]> {
    const known = new Map<string, Username[]>();
    const add = (person: Username, name: string) => {
      const form = skeleton(name);
      known.set(form, [...(known.get(form) ?? []), person]);
    };
    const self = readMembership(this.#store.settings)?.name;
    if (self !== undefined) add(self, self);
    for (const [person, { identityKey, profile }] of this.#store.contacts.all()) {
      if (identityKey === undefined) continue;
      add(person, person);
      if (profile !== undefined && profile.name !== "") add(person, profile.name);
    }
    return known;
  }
}
