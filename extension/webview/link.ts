/**
 * A link in a message. It has no `href`, so that neither the browser nor VS Code follows it: a click tells the
 * extension, which asks before it opens anything.
 */
import { parseLink } from "../contract/link.ts";

/** Text that people take for an address: a scheme, "www.", or a dotted name with a top level domain. */
const LOOKS_LIKE_ADDRESS =
  /^[a-z][a-z0-9+.-]*:\S|^\/\/|^www\.|^[^\s/?#]+[.\u3002\uFF0E\uFF61]\p{L}{2,}\.?([:/?#]|$)/iu;
/** What takes no place on the screen: an address with one of these in it reads like the address without. */
const UNSEEN = /\p{Default_Ignorable_Code_Point}/gu;

const asSeen = (text: string) => text.replace(UNSEEN, "").trim();

/** @returns whether `text` reads like an address on another host than that of `target`. */
export function disguises(text: string, target: string): boolean {
  const shown = asSeen(text);
  if (!LOOKS_LIKE_ADDRESS.test(shown) || shown === target) return false;
  const claimed = parseLink(shown) ?? parseLink(`https://${shown}`);
  if (claimed === undefined) return true;
  const [claim, real] = [new URL(claimed), new URL(target)];
  if (real.protocol === "mailto:" || claim.protocol === "mailto:") return claim.pathname !== real.pathname;
  return claim.host !== real.host;
}

/**
 * @param target as parseLink returns it
 * @param content what the writer wants the link to show; taken out of its parent
 */
export function linkElement(target: string, content: DocumentFragment): HTMLElement {
  const link = document.createElement("a");
  link.setAttribute("role", "link");
  link.tabIndex = -1;
  link.title = target;
  const text = content.textContent ?? "";
  if (asSeen(text) === "" || disguises(text, target)) link.textContent = target;
  else link.append(content);
  targets.set(link, target);
  return link;
}

const targets = new WeakMap<Element, string>();

/** @returns where a link leads, or undefined for another element. */
export function linkTarget(element: Element): string | undefined {
  return targets.get(element);
}
