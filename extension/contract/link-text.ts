/** Decides whether the text of a link shows the link's target. */
import { parseLink } from "./link.ts";

/**
 * Characters without width. An address that contains one looks like the address without it. All of them, unlike
 * messenger/text/hidden-characters.ts, since no address needs joiners.
 */
const UNSEEN = /\p{Default_Ignorable_Code_Point}/gu;

/** @returns whether a reader of `text` expects the address `target`. Scheme and letter case may differ */
export function readsAs(text: string, target: string): boolean {
  const shown = text.replace(UNSEEN, "").trim();
  const same = [shown, `https://${shown}`, `mailto:${shown}`].some(
    (address) => parseLink(address) === target,
  );
  // Browsers normalize other scripts and digits in a host; a reader sees a different host.
  return (
    same &&
    shown
      .replace(/^(?:https?|mailto):\/*/i, "")
      .toLowerCase()
      .startsWith(placeOf(target).toLowerCase())
  );
}

/** @returns the host of a web link, or the address of a mail link */
export function placeOf(target: string): string {
  const url = new URL(target);
  return url.protocol === "mailto:" ? url.pathname : url.host;
}
