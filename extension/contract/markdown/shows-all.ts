/** Checks that shown text is complete: each character is shown, in order, or is one of Markdown's marks. */
import type { Token } from "markdown-it";
import { isBlank } from "../blank-text.ts";

/** Characters of marks, and the spaces that lists, quotes and tables replace by layout. */
const OF_MARKS: ReadonlySet<string> = new Set("*_~`#>-+|:[]()!<\t\n\v\f ");
const PUNCTUATION = /[!-/:-@[-`{-~]/;

/**
 * Compares the tokens of a block with its source.
 * @param block the tokens of one block
 * @param written their source lines
 * @returns whether the tokens show all of them
 */
export function showsAll(block: readonly Token[], written: string): boolean {
  const shown = shownBy(block);
  if (block[0]?.type !== "hr" && isBlank(shown)) return isBlank(written);
  let next = 0;
  for (let index = 0; index < written.length; index++) {
    const character = written.charAt(index);
    while (isSpace(shown[next])) next++;
    if (character === shown[next]) next++;
    else if (!mayVanish(character, written[index + 1])) return false;
  }
  while (isSpace(shown[next])) next++;
  return next === shown.length;
}

function mayVanish(character: string, following: string | undefined): boolean {
  if (character === "\\") return following !== undefined && PUNCTUATION.test(following);
  return OF_MARKS.has(character);
}

function isSpace(character: string | undefined): boolean {
  return character !== undefined && " \t\n\v\f".includes(character);
}

/** @returns the text that the tokens show, including link targets, which are shown in titles */
function shownBy(tokens: readonly Token[]): string {
  const targets: string[] = [];
  let shown = "";
  for (const token of tokens) {
    switch (token.type) {
      case "inline":
        shown += shownBy(token.children ?? []);
        break;
      case "fence":
        shown += `${token.info}\n${token.content}`;
        break;
      case "list_item_open":
        // The number as a list shows it: "7." for "007.".
        if (token.info !== "") shown += `${Number(token.info)}${token.markup}`;
        break;
      case "link_open":
        targets.push(token.info === "auto" ? "" : String(token.attrGet("href") ?? ""));
        break;
      case "link_close":
        shown += targets.pop() ?? "";
        break;
      case "image":
        shown += `${token.content} ${String(token.attrGet("src") ?? "")}`;
        break;
      case "softbreak":
        shown += "\n";
        break;
      default:
        shown += token.content;
    }
  }
  return shown;
}
