/** How long somebody who asks is known here: what to judge a request by. */
import type { Person } from "../messenger/model.ts";
import type { Translate } from "./translate.ts";

export function knownText({ knownSince }: Pick<Person, "knownSince">, t: Translate): string {
  if (knownSince === undefined) return t("You have never talked with this person on this computer.");
  if (knownSince === 0) return t("You have talked with this person before, under the same key.");
  return t(
    "You have known this person, under the same key, since {0}.",
    new Date(knownSince).toLocaleDateString(),
  );
}
