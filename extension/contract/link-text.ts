/** Decides whether the text of a link says where it leads. */
import { parseLink } from "./link.ts";

/** Characters without width: an address with one of these in it looks like the address without. */
const UNSEEN = /\p{Default_Ignorable_Code_Point}/gu;

/** @returns whether `text` reads as the address of `target` and of nothing else: scheme and letter case may differ */
export function readsAs(text: string, target: string): boolean {
  const shown = text.replace(UNSEEN, "").trim();
  const same = [shown, `https://${shown}`, `mailto:${shown}`].some(
    (address) => parseLink(address) === target,
  );
  // A host in other letters or other digits is the same for a browser, and another for a reader.
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
