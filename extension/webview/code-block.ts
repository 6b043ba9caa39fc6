/** A block of code with its language and a button that copies it. */
import { colourLater } from "./colouring.ts";
import { strings } from "./strings.ts";
import { appendText, visible } from "./visible-text.ts";

const MAX_LABEL_CHARACTERS = 24;

/**
 * @param code a stranger's, shown as it is
 * @param language what stood behind the fence, "" for nothing
 */
export function codeBlock(code: string, language: string): HTMLElement {
  const text = code.endsWith("\n") ? code.slice(0, -1) : code;
  const block = document.createElement("figure");
  block.className = "code";
  const bar = document.createElement("figcaption");
  const name = document.createElement("span");
  const copy = document.createElement("button");
  copy.type = "button";
  copy.className = "code-copy";
  copy.tabIndex = -1;
  copy.textContent = strings.copy;
  copy.setAttribute("aria-label", strings.copyCode);
  bar.append(name, copy);

  const pre = document.createElement("pre");
  pre.setAttribute("role", "group");
  reachability.observe(pre);
  const content = document.createElement("code");
  content.dir = "ltr";
  appendText(content, text, "code");
  pre.append(content);
  block.append(bar, pre);
  codeOf.set(copy, text);

  const label = (language: string) => {
    name.textContent = language;
    pre.setAttribute("aria-label", language === "" ? strings.code : strings.codeLanguage(language));
  };
  label(visible(language).slice(0, MAX_LABEL_CHARACTERS));
  if (language !== "")
    colourLater(({ highlight, languageName }) => {
      if (!block.isConnected) return;
      const known = languageName(language);
      if (known !== undefined) label(known);
      const coloured = highlight(text, language);
      if (coloured !== undefined) content.replaceChildren(coloured);
    });
  return block;
}

/** A block that scrolls must be reachable by Tab, one that does not would only be in the way. */
const reachability = new ResizeObserver((entries) => {
  for (const { target } of entries) {
    const scrolls = target.scrollWidth > target.clientWidth || target.scrollHeight > target.clientHeight;
    if (scrolls) target.setAttribute("tabindex", "0");
    else target.removeAttribute("tabindex");
  }
});

/** What each copy button copies: the code as it was sent, hidden characters included. */
const codeOf = new WeakMap<Element, string>();

/** @returns the code that belongs to a copy button, or undefined for another element. */
export function codeToCopy(element: Element): string | undefined {
  return codeOf.get(element);
}
