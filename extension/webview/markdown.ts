/**
 * Converts Markdown to DOM nodes. All elements are created here, from an allow-list, and no attribute comes from the message. A token
 * that is not on the list is shown as text.
 */
import type { Token } from "markdown-it";
import { isBlank } from "../contract/blank-text.ts";
import { parseLink } from "../contract/link.ts";
import { codeOf } from "../contract/markdown/code.ts";
import { type Block, readMarkdown } from "../contract/markdown/read.ts";
import type { SourceLines } from "../contract/markdown/source-lines.ts";
import { type Task, taskOf } from "../contract/markdown/tasks.ts";
import { codeBlock } from "./code-block.ts";
import { ColouringBudget } from "./colouring.ts";
import { isEmojiOnly } from "./emoji-only.ts";
import { linkElement } from "./link.ts";
import { strings } from "./strings.ts";
import { appendText } from "./visible-text.ts";

const ELEMENTS: Readonly<Record<string, keyof HTMLElementTagNameMap>> = {
  paragraph: "p",
  heading: "div",
  bullet_list: "ul",
  ordered_list: "ol",
  list_item: "li",
  blockquote: "blockquote",
  table: "table",
  thead: "thead",
  tbody: "tbody",
  tr: "tr",
  th: "th",
  td: "td",
  em: "em",
  strong: "strong",
  s: "s",
};
/** Digits for which lists always have room. */
const NARROW_NUMBER = 2;
const BLOCKS_OF_THEIR_OWN_DIRECTION: ReadonlySet<string> = new Set(["p", "div", "li", "th", "td"]);

/** Values that all blocks of one message share. */
interface Message {
  readonly lines: SourceLines;
  readonly budget: ColouringBudget;
}

/** Renders a message's text. @param text untrusted. @returns its nodes, without formatting if the text exceeds the limits for it */
export function renderMarkdown(text: string): DocumentFragment {
  if (isBlank(text)) return renderBlank(text);
  if (isEmojiOnly(text)) return renderPlain(text, "emoji");
  const reading = readMarkdown(text);
  if (reading === undefined) return renderPlain(text);
  const root = document.createDocumentFragment();
  const message = { lines: reading.lines, budget: new ColouringBudget() };
  for (const block of reading.blocks) renderBlock(root, block, message);
  return root;
}

/** @returns nodes for `text` with its line breaks and no other formatting. @param kind selects the style */
export function renderPlain(text: string, kind?: "emoji"): DocumentFragment {
  const root = document.createDocumentFragment();
  const paragraph = plainParagraph();
  if (kind !== undefined) paragraph.classList.add(kind);
  appendText(paragraph, text.replace(/\r\n?/g, "\n"), "prose");
  root.append(paragraph);
  return root;
}

/** Marks text that is empty or invisible. */
function renderBlank(text: string): DocumentFragment {
  const root = document.createDocumentFragment();
  const paragraph = plainParagraph();
  appendText(paragraph, text.trim(), "blank");
  if (text.trim() === "") {
    paragraph.classList.add("note");
    paragraph.textContent = strings.blankMessage;
  }
  root.append(paragraph);
  return root;
}

function plainParagraph(): HTMLElement {
  const paragraph = document.createElement("p");
  paragraph.className = "plain";
  paragraph.dir = "auto";
  return paragraph;
}

function renderBlock(root: Node, block: Block, message: Message): void {
  switch (block.kind) {
    case "formatted":
      renderTokens(root, block.tokens, message);
      return;
    case "asWritten":
      root.appendChild(renderPlain(block.text));
      return;
    case "blankLines":
      for (let line = 0; line < block.count; line++) root.appendChild(document.createElement("br"));
  }
}

function renderTokens(root: Node, tokens: readonly Token[], message: Message): void {
  const open: Node[] = [root];
  const links: string[] = [];
  for (const [index, token] of tokens.entries()) {
    const parent = open.at(-1) ?? root;
    const name = token.type.replace(/_(open|close)$/, "");
    if (token.hidden) continue;
    if (token.type === "inline") {
      renderTokens(parent, token.children ?? [], message);
      const task = taskOf(tokens, index);
      if (task !== undefined) drawBox(parent, task);
    } else if (token.type === "link_open") {
      links.push(parseLink(String(token.attrGet("href") ?? "")) ?? "");
      open.push(document.createDocumentFragment());
    } else if (token.type === "link_close") {
      const content = open.pop();
      const target = links.pop() ?? "";
      if (content instanceof DocumentFragment)
        (open.at(-1) ?? root).appendChild(target === "" ? content : linkElement(target, content));
    } else if (token.nesting === 1) {
      const element = openElement(token, name, parent);
      parent.appendChild(element);
      open.push(element);
    } else if (token.nesting === -1) {
      if (open.length > 1) open.pop();
    } else renderLeaf(parent, token, message);
  }
}

/** Draws the mark of a task as a box. Its text remains, for selecting and copying. */
function drawBox(item: Node, { mark, done }: Task): void {
  const first = item.firstChild;
  if (!(first instanceof Text) || !first.data.startsWith(mark)) return;
  first.deleteData(0, mark.length);
  const box = document.createElement("span");
  box.className = done ? "task done" : "task";
  box.setAttribute("role", "img");
  box.setAttribute("aria-label", done ? strings.taskDone : strings.taskOpen);
  box.textContent = mark;
  item.insertBefore(box, first);
}

function openElement(token: Token, name: string, parent: Node): HTMLElement {
  const tag = ELEMENTS[name] ?? "span";
  const element = document.createElement(tag);
  if (BLOCKS_OF_THEIR_OWN_DIRECTION.has(tag)) element.dir = "auto";
  if (name === "heading")
    element.className = `heading heading-${/^h[1-6]$/.test(token.tag) ? token.tag.slice(1) : "6"}`;
  if (name === "table") element.className = "table";
  const alignment = /^text-align:(left|center|right)$/.exec(String(token.attrGet("style") ?? ""))?.[1];
  if (alignment !== undefined) element.className = `align-${alignment}`;
  if (element instanceof HTMLOListElement && token.markup === ")") element.className = "parenthesis";
  // Keep the number as it was written, which may not be the next one.
  if (element instanceof HTMLLIElement && token.info !== "") {
    element.value = Number(token.info);
    if (token.info.length > NARROW_NUMBER && parent instanceof HTMLElement) parent.classList.add("wide");
  }
  return element;
}

function renderLeaf(parent: Node, token: Token, { lines, budget }: Message): void {
  switch (token.type) {
    case "fence":
    case "code_block":
      parent.appendChild(codeBlock(codeOf(token, lines), budget));
      return;
    case "code_inline": {
      const code = document.createElement("code");
      code.dir = "ltr";
      appendText(code, token.content, "code");
      parent.appendChild(code);
      return;
    }
    case "softbreak":
    case "hardbreak":
      parent.appendChild(document.createElement("br"));
      return;
    case "hr":
      parent.appendChild(document.createElement("hr"));
      return;
    case "image": {
      // Do not load the image: its server would learn when and where the message was read.
      const content = document.createDocumentFragment();
      appendText(content, strings.image(token.content.trim()), "prose");
      const target = parseLink(String(token.attrGet("src") ?? ""));
      parent.appendChild(target === undefined ? content : linkElement(target, content));
      return;
    }
    default:
      appendText(parent, token.content, "prose");
  }
}
