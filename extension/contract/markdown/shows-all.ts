/** Checks the rule for all shown text: every character is there, in its order, or is one of Markdown's marks. */
import type { Token } from "markdown-it";
import { isBlank } from "../blank-text.ts";

/** Characters that marks consist of, and blanks, which lists, quotes and tables place by themselves. */
const OF_MARKS: ReadonlySet<string> = new Set("*_~`#>-+|:[]()!<\t\n\v\f ");
const PUNCTUATION = /[!-/:-@[-`{-~]/;

/** @param block the tokens of one block, @param written the lines they came from @returns whether the rule holds for them */
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

/** @returns the text that a reader sees of the tokens, with the targets of links, which are in their titles */
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
        // The number as a list shows it: "007." differs.
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
