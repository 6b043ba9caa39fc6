/**
 * Markdown to DOM nodes. markdown-it only splits the text into tokens; every element is made here, from an
 * allow-list, without an attribute that the writer chose. A token that is not on the list becomes its text.
 */
import MarkdownIt, { type Token } from "markdown-it";
import { parseLink } from "../contract/link.ts";
import { codeBlock } from "./code-block.ts";
import { linkElement } from "./link.ts";
import { strings } from "./strings.ts";
import { appendText } from "./visible-text.ts";

/** Beyond these a text is not meant for reading: it is shown as it was written. */
const MAX_TOKENS = 5000;
const MAX_DEPTH = 24;

const markdown = new MarkdownIt({ html: false, linkify: true, breaks: true, maxNesting: MAX_DEPTH });
// A definition would hide its text, and a line of dashes make the line above it a heading.
markdown.disable(["reference", "lheading"]);
markdown.linkify.set({ fuzzyLink: false, fuzzyEmail: false, fuzzyIP: false });
markdown.linkify.add("ftp:", null).add("//", null);
markdown.validateLink = (url) => parseLink(url) !== undefined;
// What an address shows is where it leads: host in ASCII, no decoding.
markdown.normalizeLink = (url) => parseLink(url) ?? "";
markdown.normalizeLinkText = (url) => parseLink(url) ?? url;

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
const BLOCKS_OF_THEIR_OWN_DIRECTION: ReadonlySet<string> = new Set(["p", "div", "li", "th", "td"]);

/** @param text a stranger's. @returns its nodes; plain text where it is too much for Markdown. */
export function renderMarkdown(text: string): DocumentFragment {
  const tokens = markdown.parse(text, {});
  if (countTokens(tokens) > MAX_TOKENS || depthOf(tokens) > MAX_DEPTH) return renderPlain(text);
  const root = document.createDocumentFragment();
  renderTokens(root, tokens);
  return root;
}

/** @returns `text` with its line breaks and nothing else. */
export function renderPlain(text: string): DocumentFragment {
  const root = document.createDocumentFragment();
  const paragraph = document.createElement("p");
  paragraph.className = "plain";
  paragraph.dir = "auto";
  appendText(paragraph, text, "prose");
  root.append(paragraph);
  return root;
}

function renderTokens(root: Node, tokens: readonly Token[]): void {
  const open: Node[] = [root];
  const links: string[] = [];
  for (const token of tokens) {
    const parent = open.at(-1) ?? root;
    const name = token.type.replace(/_(open|close)$/, "");
    if (token.hidden) continue;
    if (token.type === "inline") renderTokens(parent, token.children ?? []);
    else if (token.type === "link_open") {
      links.push(parseLink(String(token.attrGet("href") ?? "")) ?? "");
      open.push(document.createDocumentFragment());
    } else if (token.type === "link_close") {
      const content = open.pop();
      const target = links.pop() ?? "";
      if (content instanceof DocumentFragment)
        (open.at(-1) ?? root).appendChild(target === "" ? content : linkElement(target, content));
    } else if (token.nesting === 1) {
      const element = openElement(token, name);
      parent.appendChild(element);
      open.push(element);
    } else if (token.nesting === -1) {
      if (open.length > 1) open.pop();
    } else renderLeaf(parent, token);
  }
}

function openElement(token: Token, name: string): HTMLElement {
  const tag = ELEMENTS[name] ?? "span";
  const element = document.createElement(tag);
  if (BLOCKS_OF_THEIR_OWN_DIRECTION.has(tag)) element.dir = "auto";
  if (name === "heading")
    element.className = `heading heading-${/^h[1-6]$/.test(token.tag) ? token.tag.slice(1) : "6"}`;
  if (name === "table") element.className = "table";
  if (element instanceof HTMLOListElement) {
    const start = Number(token.attrGet("start") ?? 1);
    if (Number.isSafeInteger(start)) element.start = start;
  }
  return element;
}

function renderLeaf(parent: Node, token: Token): void {
  switch (token.type) {
    case "fence":
    case "code_block":
      parent.appendChild(codeBlock(token.content, token.info.trim().split(/\s/, 1)[0] ?? ""));
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
      // Nothing is loaded: who wrote it would learn when it was read, and from where.
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

function countTokens(tokens: readonly Token[]): number {
  return tokens.reduce(
    (sum, token) => sum + 1 + (token.children === null ? 0 : countTokens(token.children)),
    0,
  );
}

function depthOf(tokens: readonly Token[]): number {
  let depth = 0;
  let deepest = 0;
  for (const token of tokens) {
    depth += token.nesting;
    const inside = token.children === null ? 0 : depthOf(token.children);
    deepest = Math.max(deepest, depth + inside);
  }
  return deepest;
}
