/** markdown-it for chat messages: only splits a text into tokens, and keeps all of the text. */
import MarkdownIt, { type Token } from "markdown-it";
import { readAddresses } from "./addresses.ts";
import { keepBlanks } from "./blanks.ts";
import { keepWholeBlocks } from "./blocks.ts";
import { keepBackslashes } from "./escapes.ts";
import { MAX_DEPTH } from "./limits.ts";
import { recordMarks } from "./marks.ts";
import { keepPaths } from "./paths.ts";

const markdown = new MarkdownIt({ html: false, linkify: true, breaks: true, maxNesting: MAX_DEPTH });
// "reference" hides the text of definitions, "lheading" makes the line above dashes a heading, "entity" decodes entities, "normalize"
// replaces characters.
markdown.disable(["reference", "lheading", "entity", "normalize"]);
markdown.core.ruler.disable("linkify");
keepWholeBlocks(markdown);
keepBlanks(markdown);
keepPaths(markdown);
readAddresses(markdown);
recordMarks(markdown);
keepBackslashes(markdown);

/** Splits a message's text into tokens. @param text with "\n" for every line ending */
export function tokensOf(text: string): readonly Token[] {
  return markdown.parse(text, {});
}
