/** The avatar of a person: a colour of the theme, the same everywhere, and a letter. */
import { visible } from "../../messenger/text/hidden-characters.ts";

/** The number of colours in message.css. */
const COLOURS = 6;

/** @returns the CSS class of a person's colour, which depends only on the name */
export function personClass(name: string): string {
  let hash = 0;
  for (const character of name) hash = (hash * 31 + (character.codePointAt(0) ?? 0)) >>> 0;
  return `person-${hash % COLOURS}`;
}

export function monogram(name: string): string {
  return visible(name).slice(0, 1).toUpperCase();
}

const charts = (name: string) => `var(--vscode-charts-${name})`;
const between = (one: string, other: string) => `color-mix(in srgb, ${charts(one)}, ${charts(other)})`;
/** The colours 1 to PROFILE_COLORS that people choose from, named in messenger/kinds/profile-colors.ts. */
const PALETTE: readonly string[] = [
  ...["blue", "purple", "green", "orange", "red", "yellow"].map(charts),
  ...[between("green", "blue"), between("red", "purple"), between("green", "yellow")],
  ...[between("orange", "yellow"), between("blue", "purple"), "var(--vscode-descriptionForeground)"],
];

/** Gives all of a person's messages in `element` the colour that they chose. @param color 0 for none */
export function usePersonColor(element: HTMLElement, color: number): void {
  const chosen = PALETTE[color - 1];
  if (chosen === undefined) element.style.removeProperty("--chosen");
  else element.style.setProperty("--chosen", chosen);
}
