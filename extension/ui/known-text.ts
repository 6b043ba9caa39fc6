/** How long somebody who asks is known here: what to judge a request by. */
import type { Person } from "../messenger/model.ts";
import { lookAlike } from "./look-alike.ts";
import type { Translate } from "./translate.ts";

/** @param people whose names a stranger's may look like */
export function knownText(
  { name, knownSince }: Pick<Person, "name" | "knownSince">,
  t: Translate,
  people: readonly Person[],
): string {
  if (knownSince === undefined) {
    const stranger = t("You have never talked with this person on this computer.");
    const other = lookAlike(name, people);
    if (other === undefined) return stranger;
    const care = t("Take care: this is not {0}, whom you know; the names only look alike.", other);
    return `${stranger} ${care}`;
  }
  if (knownSince === 0) return t("You have talked with this person before, under the same key.");
  return t(
    "You have known this person, under the same key, since {0}.",
    new Date(knownSince).toLocaleDateString(),
  );
}
