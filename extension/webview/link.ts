/**
 * A link in a message. It has no `href`, so that neither the browser nor VS Code follows it: a click tells the
 * extension, which asks before it opens anything.
 */
import { isBlank } from "../contract/blank-text.ts";
import { parseLink } from "../contract/link.ts";
import { strings } from "./strings.ts";

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

/**
 * @param target as parseLink returns it
 * @param content the link's visible content; taken out of its parent
 */
export function linkElement(target: string, content: DocumentFragment): HTMLElement {
  const link = document.createElement("a");
  link.setAttribute("role", "link");
  link.tabIndex = -1;
  link.title = target;
  const text = content.textContent ?? "";
  if (isBlank(text)) link.textContent = target;
  else {
    link.append(content);
    if (!readsAs(text, target)) link.append(" ", whereItLeads(target));
  }
  targets.set(link, target);
  return link;
}

/** Shows the target after a text that differs from it. */
function whereItLeads(target: string): HTMLElement {
  const place = document.createElement("bdi");
  place.className = "link-place";
  place.dir = "ltr";
  place.textContent = strings.linkPlace(placeOf(target));
  return place;
}

const targets = new WeakMap<Element, string>();

/** @returns the target of a link, or undefined for another element. */
export function linkTarget(element: Element): string | undefined {
  return targets.get(element);
}
