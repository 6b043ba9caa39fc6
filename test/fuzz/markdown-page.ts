/**
 * In the browser: renders a text as a message, with code highlighted, and checks every resulting node and
 * character.
 */
import "../../extension/webview/highlighter.ts";
import { linkTarget } from "../../extension/webview/link.ts";
import { renderMarkdown, renderPlain } from "../../extension/webview/markdown.ts";
import { lostText } from "../webview/lost-text.ts";
import { shownText, withCodePointsRead } from "../webview/shown-text.ts";

declare global {
  interface Window {
    /** Returns the fault of the rendered text; undefined for none. */
    draw: (text: string) => string | undefined;
  }
}

const ELEMENTS = new Set(
  "P DIV SPAN UL OL LI BLOCKQUOTE TABLE THEAD TBODY TR TH TD EM STRONG S A BDI CODE PRE FIGURE FIGCAPTION BUTTON BR HR".split(
    " ",
  ),
);
const ATTRIBUTES = new Set("class dir title role tabindex type aria-label value".split(" "));
/** Classes that we add, which are not the author's. */
const CLASS =
  /^(plain|plain note|plain emoji|task|task done|align-left|align-center|align-right|heading heading-[1-6]|table|parenthesis|wide|parenthesis wide|link-place|hidden-character|code|code-copy|code-[a-z_-]+)$/;
/** Control characters except tab and line feed, and those that reorder other text. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: those are the ones that must not be there
const UNSEEN = /[\0-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u206f\ufff9-\ufffb]/;
const MAY_LEAD_TO = /^(https?:\/\/[^/?#]|mailto:)[!-~]*$/;
const MAX_DEPTH = 80;

/** Work that the page postpones until it is idle; draw() runs it at once. */
const idle: IdleRequestCallback[] = [];
window.requestIdleCallback = (work) => idle.push(work);

window.draw = (text) => {
  for (const render of [renderMarkdown, renderPlain]) {
    const place = document.createElement("div");
    document.body.replaceChildren(place);
    place.append(render(text));
    const shown = shownText(place);
    const lost = lostText(text, shown) && lostText(text, withCodePointsRead(shown));
    if (lost !== undefined) return `not shown: ${JSON.stringify(lost)}`;
    for (const work of idle.splice(0))
      work({ didTimeout: false, timeRemaining: () => Number.POSITIVE_INFINITY });
    const wrong = wrongIn(place, 0);
    if (wrong !== undefined) return wrong;
  }
  const shown = renderPlain(text).textContent;
  return UNSEEN.test(text) || shown === text ? undefined : "plain text is not what was written";
};

function wrongIn(parent: Element, depth: number): string | undefined {
  if (depth > MAX_DEPTH) return "nested too deep";
  for (const node of parent.childNodes) {
    const wrong =
      node instanceof Element ? (wrongWith(node) ?? wrongIn(node, depth + 1)) : wrongText(node.textContent);
    if (wrong !== undefined) return wrong;
    if (!(node instanceof Element || node instanceof Text)) return `a node of type ${node.nodeType}`;
  }
  return undefined;
}

function wrongWith(element: Element): string | undefined {
  if (element.namespaceURI !== "http://www.w3.org/1999/xhtml" || !ELEMENTS.has(element.tagName))
    return `element ${element.tagName}`;
  for (const { name, value } of element.attributes) {
    if (!ATTRIBUTES.has(name)) return `attribute ${name}`;
    if (name === "class" && !CLASS.test(value)) return `class ${value}`;
    const wrong = wrongText(value);
    if (wrong !== undefined) return `${wrong} in ${name}`;
  }
  if (element.tagName !== "A") return undefined;
  const target = linkTarget(element);
  if (target === undefined || !MAY_LEAD_TO.test(target) || new URL(target).username !== "")
    return `a link to ${target}`;
  return element.getAttribute("title") === target ? undefined : "a link that does not say where it leads";
}

function wrongText(text: string | null): string | undefined {
  return text !== null && UNSEEN.test(text) ? "a character that hides or reorders" : undefined;
}
