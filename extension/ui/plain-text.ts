/** Foreign text made fit for places of the editor that read markup in it. */

const ICON = /\$\([a-z0-9-]+(?:~[a-z]+)?\)/gi;
const MAX_TOAST_CHARACTERS = 140;

/**
 * Text of a peer for a notification. The editor turns `[label](command:...)` in a notification into a link that runs
 * the command, so the two brackets are kept apart; line breaks and control characters become spaces.
 */
export function toastText(foreign: string): string {
  const line = foreign
    .slice(0, MAX_TOAST_CHARACTERS * 4)
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\s]+/gu, " ")
    .trim();
  const characters = [...line];
  const short =
    characters.length > MAX_TOAST_CHARACTERS
      ? `${characters.slice(0, MAX_TOAST_CHARACTERS).join("")}…`
      : line;
  return short.replaceAll("](", "] (");
}

/** Text of a peer for a row of a list, where the editor takes `$(name)` for an icon unless a backslash is before it. */
export function labelText(foreign: string): string {
  return toastText(foreign).replace(ICON, "\\$&");
}
