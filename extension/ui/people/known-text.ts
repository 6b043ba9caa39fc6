/** Describes how long the sender of a request has been known here, so that the user can judge the request. */

import { lookAlike } from "../../../messenger/contacts/look-alike.ts";
import type { Person } from "../../../messenger/model.ts";
import { dateText } from "../../../messenger/text/times.ts";
import type { Translate } from "../translate.ts";

/** Describes how long the person has been known. @param people the people whose names a stranger's name is compared with */
export function knownText(
  { name, knownSince }: Pick<Person, "name" | "knownSince">,
  t: Translate,
  people: readonly Person[],
): string {
  if (knownSince === undefined) {
    const stranger = t("You haven't chatted with {0} on this computer before.", name);
    const other = lookAlike(name, people);
    if (other === undefined) return stranger;
    const care = t("Careful: this isn't {0}, whom you know. The names only look alike.", other);
    return `${stranger} ${care}`;
  }
  if (knownSince === 0) return t("You've chatted with {0} before, with the same key.", name);
  return t("You've known {0}, with the same key, since {1}.", name, dateText(knownSince));
}
