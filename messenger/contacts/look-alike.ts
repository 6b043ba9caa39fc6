/**
 * Detects different names that look alike: `bob` and `b0b`, `marvin` and `rnarvin`, `alice` and `alice.`. Names have only ASCII letters, so
 * the other confusables of UTS #39 cannot occur.
 */
import type { Username } from "../../protocol/names.ts";
import type { Person } from "../model.ts";

/** @returns a form that is equal for names that look alike at a glance */
function skeleton(name: string): string {
  return name
    .replace(/[._-]/g, "")
    .replaceAll("rn", "m")
    .replaceAll("vv", "w")
    .replaceAll("cl", "d")
    .replaceAll("0", "o")
    .replace(/[1i]/g, "l");
}

/** @returns a person with a known key whose name differs from `name` but looks like it */
export function lookAlike(
  name: Username,
  people: readonly Pick<Person, "name" | "trust">[],
): Username | undefined {
  const seen = skeleton(name);
  const known = people.filter((one) => one.trust !== "unknown" && one.name !== name);
  return known.find((one) => skeleton(one.name) === seen)?.name;
}
