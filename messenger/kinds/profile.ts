/** The name and colour that the sender chose. */
import * as v from "valibot";
import { isDisplayName } from "../../protocol/e2ee/kinds/display-name.ts";
import type { Profile } from "../../protocol/e2ee/kinds/profile.ts";
import { PROFILE_COLORS } from "../../protocol/limits.ts";
import type { SignalKind } from "./kind.ts";

export const displayNameSchema = v.pipe(v.string(), v.check(isDisplayName));
export const colorSchema = v.pipe(v.number(), v.safeInteger(), v.minValue(0), v.maxValue(PROFILE_COLORS));

export const profile: SignalKind<Profile> = {
  effect: {
    does: "signal",
    act: ({ name, color, version }, chat) => {
      chat.setProfile({ name, color, version });
      return true;
    },
  },
};
