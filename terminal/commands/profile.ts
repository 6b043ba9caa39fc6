/** The user's own display name and colour. */
import { alikeDisplayName } from "../../messenger/contacts/look-alike.ts";
import type { Profile } from "../../messenger/model.ts";
import { isDisplayName } from "../../protocol/e2ee/kinds/display-name.ts";
import { words } from "../words/words.ts";
import { type Command, WrongUse } from "./command.ts";
import { split } from "./person.ts";

export const profile: Command = {
  usage: words.profileUsage,
  about: words.about.profile,
  completes: "nothing",
  async run({ messenger, screen }, rest) {
    const [what, value] = split(rest);
    const before = await messenger.calls.profile();
    if (what !== "") await messenger.calls.setProfile({ ...before, ...changedBy(what, value.trim()) });
    const now = await messenger.calls.profile();
    screen.print(words.ownProfile(now));
    const alike = alikeDisplayName(now.name, messenger.people());
    if (alike !== undefined) screen.print(words.ownNameAlike(alike), "alert");
  },
};

/** @throws WrongUse */
function changedBy(what: string, value: string): Partial<Profile> {
  if (what === "name") {
    if (!isDisplayName(value)) throw new WrongUse(words.noDisplayName);
    return { name: value };
  }
  const color = ["none", ...words.colors].indexOf(value.toLowerCase());
  if (what !== "color" || color < 0) throw new WrongUse(words.profileUse);
  return { color };
}
