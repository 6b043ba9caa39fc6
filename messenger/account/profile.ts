/** The profile that the user chose: a name and a colour, which everybody in their chats sees. */
import * as v from "valibot";
import { colorSchema, displayNameSchema } from "../kinds/profile.ts";
import type { Profile } from "../model.ts";
import type { Settings } from "../store/settings.ts";
import { countSchema } from "../values.ts";

export interface OwnProfile extends Profile {
  /** Higher than that of every earlier profile; 0: the user never chose one. */
  readonly version: number;
}

const NO_PROFILE: OwnProfile = { name: "", color: 0, version: 0 };

export const OwnProfileSchema = v.object({
  name: displayNameSchema,
  color: colorSchema,
  version: countSchema,
});

export function readProfile(settings: Settings): OwnProfile {
  const text = settings.get("profile");
  return text === undefined ? NO_PROFILE : v.parse(OwnProfileSchema, JSON.parse(text));
}

/** Stores a profile. Inside a transaction. @returns it with its version, which is a time, so that it is higher also on a new computer */
export function writeProfile(settings: Settings, { name, color }: Profile): OwnProfile {
  const profile = { name, color, version: Math.max(Date.now(), readProfile(settings).version + 1) };
  settings.set("profile", JSON.stringify(profile));
  return profile;
}
