/**
 * Names that differ and look the same: `bob` and `b0b`, `marvin` and `rnarvin`, `alice` and `alice.`. Names have no
 * letters beyond a-z, so this is all that is left of the homoglyphs of UTS #39.
 */
import type { Username } from "../../protocol/names.ts";
import type { Person } from "../model.ts";

/** @returns a form that is the same for names that look alike at a quick glance */
function skeleton(name: string): string {
  return name
    .replace(/[._-]/g, "")
    .replaceAll("rn", "m")
    .replaceAll("vv", "w")
    .replaceAll("cl", "d")
    .replaceAll("0", "o")
    .replace(/[1i]/g, "l");
}

/** @returns somebody whose key is known here and whose name `name` looks like, without being it */
export function lookAlike(
  name: Username,
  people: readonly Pick<Person, "name" | "trust">[],
): Username | undefined {
  const seen = skeleton(name);
  const known = people.filter((one) => one.trust !== "unknown" && one.name !== name);
  return known.find((one) => skeleton(one.name) === seen)?.name;
}
