/** The name and colour that a person chose. Not shown as a message. */
import { UsageError } from "../../errors.ts";
import { PROFILE_COLORS } from "../../limits.ts";
import { badContent, type Codec } from "./codec.ts";
import { isDisplayName } from "./display-name.ts";

export interface Profile {
  readonly kind: "profile";
  /** As isDisplayName() allows it; "": none. */
  readonly name: string;
  /** 1 to PROFILE_COLORS; 0: none. */
  readonly color: number;
  /** A safe integer above 0. The profile with the highest one counts. */
  readonly version: number;
}

export const profile: Codec<Profile> = {
  fallback: () => "",
  encode: ({ name, color, version }) => {
    if (!isProfile(name, color, version)) throw new UsageError("bad-argument", "A profile is out of bounds");
    return { case: "profile", value: { name, color, version: BigInt(version) } };
  },
  decode: (body) => {
    if (body.case !== "profile") throw badContent("a profile without its body");
    const { name, color } = body.value;
    const version = Number(body.value.version);
    if (!isProfile(name, color, version)) throw badContent("a profile out of bounds");
    return { kind: "profile", name, color, version };
  },
};

function isProfile(name: string, color: number, version: number): boolean {
  const colored = Number.isInteger(color) && color >= 0 && color <= PROFILE_COLORS;
  return isDisplayName(name) && colored && Number.isSafeInteger(version) && version > 0;
}
