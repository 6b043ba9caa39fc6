/** Shows the name that a person chose: beside the account name and never instead of it, with a warning if it looks like somebody else's. */
import type { ShownProfile } from "../../../messenger/model.ts";
import type { Translate } from "../translate.ts";

/** @returns a short text for a row, "" for a person without a chosen name */
export function profileBrief(profile: ShownProfile | undefined, t: Translate): string {
  if (profile === undefined || profile.name === "") return "";
  const { name, alike } = profile;
  return alike === undefined ? t("“{0}”", name) : t("“{0}”, not {1}", name, alike);
}

/** @returns sentences for a tooltip, and the same for screen readers */
export function profileLines(
  person: string,
  profile: ShownProfile | undefined,
  t: Translate,
): readonly string[] {
  if (profile === undefined || profile.name === "") return [];
  const { name, alike } = profile;
  return [
    t("{0} chose the name “{1}”.", person, name),
    ...(alike === undefined ? [] : [t("Careful: this isn't {0}. The names only look alike.", alike)]),
  ];
}
