/**
 * Draws a link in a message. It has no `href`, so that neither the browser nor VS Code follows it. A click is posted to the extension,
 * which asks before it opens anything.
 */
import { isBlank } from "../contract/blank-text.ts";
import { placeOf, readsAs } from "../contract/link-text.ts";
import { strings } from "./strings.ts";

/**
 * Draws a link.
 * @param target an address that parseLink returned
 * @param content the link's visible content, which is moved into the link
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

/** Draws the target, for after a text that differs from it. */
function whereItLeads(target: string): HTMLElement {
  const place = document.createElement("bdi");
  place.className = "link-place";
  place.dir = "ltr";
  place.textContent = strings.linkPlace(placeOf(target));
  return place;
}

const targets = new WeakMap<Element, string>();

/** @returns the target of a link, or undefined for any other element */
export function linkTarget(element: Element): string | undefined {
  return targets.get(element);
}
