/** A block of code with its language and a button that copies it. */

import { visible } from "../../messenger/text/hidden-characters.ts";
import type { Code } from "../contract/markdown/code.ts";
import { type ColouringBudget, colourLater, type Steps } from "./colouring.ts";
import type { Highlighter } from "./highlighter.ts";
import { strings } from "./strings.ts";
import { appendText } from "./visible-text.ts";

/**
 * @param code a stranger's, shown unchanged
 * @param budget of the message that the block is in
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

/** Replaces the plain text with the pieces once all are there. */
function* colour(block: Element, content: Element, pieces: ReturnType<Highlighter["highlight"]>): Steps {
  const coloured = document.createDocumentFragment();
  for (const piece of pieces) {
    if (piece === undefined || !block.isConnected) return;
    coloured.append(piece);
    yield;
  }
  content.replaceChildren(coloured);
}

/** Makes a block that scrolls reachable by Tab; for others, a stop would only be in the way. */
const reachability = new ResizeObserver((entries) => {
  for (const { target } of entries) {
    const scrolls = target.scrollWidth > target.clientWidth || target.scrollHeight > target.clientHeight;
    if (scrolls) target.setAttribute("tabindex", "0");
    else target.removeAttribute("tabindex");
  }
});

/** The text that each copy button copies: the code as it was sent, hidden characters included. */
const codeOf = new WeakMap<Element, string>();

/** @returns the code that belongs to a copy button, or undefined for another element. */
export function codeToCopy(element: Element): string | undefined {
  return codeOf.get(element);
}
