/** Draws a block of code with its language and a copy button. */

import { visible } from "../../messenger/text/hidden-characters.ts";
import type { Code } from "../contract/markdown/code.ts";
import { type ColouringBudget, colourLater, type Steps } from "./colouring.ts";
import type { Highlighter } from "./highlighter.ts";
import { strings } from "./strings.ts";
import { appendText } from "./visible-text.ts";

/**
 * Draws a block of code.
 * @param code untrusted text, shown unchanged
 * @param budget shared by all blocks of the message
 */
export function codeBlock({ language, text, asWritten }: Code, budget: ColouringBudget): HTMLElement {
  const block = document.createElement("figure");
  block.className = "code";
  const bar = document.createElement("figcaption");
  const name = document.createElement("span");
  const copy = document.createElement("button");
  copy.type = "button";
  copy.className = "code-copy";
  copy.tabIndex = -1;
  copy.title = strings.copyCode;
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
  codeOf.set(copy, asWritten);

  const label = (language: string) => {
    name.textContent = language;
    pre.setAttribute("aria-label", language === "" ? strings.code : strings.codeLanguage(language));
  };
  label(visible(language));
  if (language !== "")
    colourLater(budget, ({ highlight, prepare }) => {
      label(prepare(language) ?? language);
      return colour(block, content, highlight(text, language));
    });
  return block;
}

/** Replaces the plain text once all coloured pieces are there. */
function* colour(block: Element, content: Element, pieces: ReturnType<Highlighter["highlight"]>): Steps {
  const coloured = document.createDocumentFragment();
  for (const piece of pieces) {
    if (piece === undefined || !block.isConnected) return;
    coloured.append(piece);
    yield;
  }
  content.replaceChildren(coloured);
}

/** Makes blocks that scroll reachable by Tab. Others need no tab stop. */
const reachability = new ResizeObserver((entries) => {
  for (const { target } of entries) {
    const scrolls = target.scrollWidth > target.clientWidth || target.scrollHeight > target.clientHeight;
    if (scrolls) target.setAttribute("tabindex", "0");
    else target.removeAttribute("tabindex");
  }
});

/** The text of each copy button: the code as it was sent, including hidden characters. */
const codeOf = new WeakMap<Element, string>();

/** @returns the code of a copy button, or undefined for any other element */
export function codeToCopy(element: Element): string | undefined {
  return codeOf.get(element);
}
