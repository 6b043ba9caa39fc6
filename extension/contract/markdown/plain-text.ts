/** Removes Markdown's marks from a message, for copying and for screen readers. */
import type { Token } from "markdown-it";
import { isBlank } from "../blank-text.ts";
import { parseLink } from "../link.ts";
import { type Code, codeOf } from "./code.ts";
import { type Block, readMarkdown } from "./read.ts";
import type { SourceLines } from "./source-lines.ts";
import { taskOf } from "./tasks.ts";

export interface PlainParts {
  readonly code: (code: Code) => string;
  /** The prefix of an item without a number. */
  readonly item: string;
  /** The text before the item of a list in another, once for each. */
  readonly indentation: string;
  readonly task: (done: boolean) => string;
  readonly image: (description: string) => string;
  /** Returns the text to add after a link's or an image's text. */
  readonly target: (text: string, target: string) => string;
}

/** @returns `text` with one line for each paragraph, item and row; `text` itself if it exceeds the limits for formatting */
export function plainText(text: string, parts: PlainParts): string {
  const reading = readMarkdown(text);
  if (reading === undefined) return text;
  const blocks = reading.blocks.map((block) => ofBlock(block, reading.lines, parts));
  return blocks.join("").replace(/\n$/, "");
}

function ofBlock(block: Block, lines: SourceLines, parts: PlainParts): string {
  switch (block.kind) {
    case "formatted":
      return ofTokens(block.tokens, lines, parts);
    case "asWritten":
      return `${block.text}\n`;
    case "blankLines":
      return "\n".repeat(block.count);
  }
}

function targetOf(token: Token, attribute: "href" | "src"): string {
  return parseLink(String(token.attrGet(attribute) ?? "")) ?? "";
}

function ofTokens(tokens: readonly Token[], lines: SourceLines, parts: PlainParts): string {
  let text = "";
  let depth = 0;
  const links: { readonly start: number; readonly target: string }[] = [];
  const close = ({ start, target }: (typeof links)[number]) => {
    if (target === "") return;
    const content = text.slice(start);
    text = isBlank(content) ? text.slice(0, start) + target : text + parts.target(content, target);
  };
  for (const [index, token] of tokens.entries())
    switch (token.type) {
      case "inline": {
        const task = taskOf(tokens, index);
        const content = ofTokens(token.children ?? [], lines, parts);
        text +=
          task === undefined ? content : parts.task(task.done) + content.slice(task.mark.length).trimStart();
        if (tokens[index - 1]?.hidden) text += "\n";
        break;
      }
      case "fence":
      case "code_block":
        text += `${parts.code(codeOf(token, lines))}\n`;
        break;
      case "list_item_open":
        text += parts.indentation.repeat(depth++);
        text += token.info === "" ? parts.item : `${Number(token.info)}${token.markup} `;
        break;
      case "list_item_close":
        depth--;
        break;
      case "paragraph_close":
        if (!token.hidden) text += "\n";
        break;
      case "heading_close":
      case "tr_close":
        text += "\n";
        break;
      case "td_close":
      case "th_close":
        text += "\t";
        break;
      case "hr":
        text += "---\n";
        break;
      case "softbreak":
      case "hardbreak":
        text += "\n";
        break;
      case "link_open":
        links.push({ start: text.length, target: targetOf(token, "href") });
        break;
      case "link_close": {
        const link = links.pop();
        if (link !== undefined) close(link);
        break;
      }
      case "image": {
        const image = { start: text.length, target: targetOf(token, "src") };
        text += parts.image(token.content.trim());
        close(image);
        break;
      }
      default:
        text += token.content;
    }
  return text;
}
