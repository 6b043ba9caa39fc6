/**
 * Detects different names that look alike: `bob` and `b0b`, `marvin` and `rnarvin`, `alice` and `alice.`. Account names have only ASCII
 * letters. Display names may have letters of Greek or Cyrillic that look like Latin ones; the most common confusables of UTS #39
 * are detected.
 */
import type { Username } from "../../protocol/names.ts";
import type { Person } from "../model.ts";

/** Greek and Cyrillic letters, in lower case, and the Latin ones that they or their capitals look like. */
const LATIN: Readonly<Record<string, string>> = {
  ...{
    а: "a",
    в: "b",
    ь: "b",
    с: "c",
    е: "e",
    һ: "h",
    н: "h",
    і: "i",
    ј: "j",
    к: "k",
    м: "m",
    п: "n",
    о: "o",
  },
  ...{ р: "p", ѕ: "s", т: "t", ѵ: "v", у: "y", х: "x" },
  ...{
    α: "a",
    β: "b",
    ε: "e",
    η: "n",
    ι: "i",
    κ: "k",
    μ: "u",
    ν: "v",
    ο: "o",
    ρ: "p",
    σ: "o",
    ς: "s",
    τ: "t",
  },
  ...{ υ: "u", χ: "x", γ: "y" },
};

/** @returns a form that is equal for names that look alike at a glance */
export function skeleton(name: string): string {
  return [...name.normalize("NFKD").toLowerCase()]
    .filter((character) => /[\p{L}\p{N}]/u.test(character))
    .map((character) => LATIN[character] ?? character)
    .join("")
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

/** @returns a person with a known key whose account or display name looks like the display name `name`, or is the same */
export function alikeDisplayName(
  name: string,
  people: readonly Pick<Person, "name" | "trust" | "profile">[],
): Username | undefined {
  const seen = skeleton(name);
  if (seen === "") return undefined;
  const known = people.filter(({ trust }) => trust !== "unknown");
  return known.find((one) => [one.name, one.profile?.name ?? ""].some((shown) => skeleton(shown) === seen))
    ?.name;
}
