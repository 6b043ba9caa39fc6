/** The rule that holds for whatever is shown: every character of a text is there, in its order, or is a mark of Markdown's. */
import type { Token } from "markdown-it";
import { isBlank } from "../../contract/blank-text.ts";

/** Characters that marks are made of, and blanks, which have places of their own in lists, quotes and tables. */
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

/** @returns what a reader sees of the tokens, the targets of links with it: those are in their titles */
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
        // The number as a list shows it: "007." is not that.
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
