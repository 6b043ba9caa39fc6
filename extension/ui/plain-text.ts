/** Foreign text made fit for places of the editor that read markup in it. */

const ICON = /\$\([a-z0-9-]+(?:~[a-z]+)?\)/gi;
export const MAX_TOAST_CHARACTERS = 140;

/**
 * Text of a peer as one line. The editor turns `[label](command:...)` in a notification into a link that runs
 * the command, so the two brackets are kept apart; line breaks and control characters become spaces.
 */
export function lineText(foreign: string, maxCharacters: number): string {
  const line = foreign
    .slice(0, maxCharacters * 4)
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\s]+/gu, " ")
    .trim();
  const characters = [...line];
  const short = characters.length > maxCharacters ? `${characters.slice(0, maxCharacters).join("")}…` : line;
  return short.replaceAll("](", "] (");
}

/** As much of it as a notification shows. */
export function toastText(foreign: string): string {
  return lineText(foreign, MAX_TOAST_CHARACTERS);
}

/** Text of a peer for a row of a list, where the editor takes `$(name)` for an icon unless a backslash is before it. */
export function labelText(foreign: string): string {
  return toastText(foreign).replace(ICON, "\\$&");
}
