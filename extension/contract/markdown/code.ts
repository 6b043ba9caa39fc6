/** The parts of a code block: a language, the code to show and the code to copy. */
import type { Token } from "markdown-it";
import { isLanguageName } from "./language-names.ts";
import type { SourceLines } from "./source-lines.ts";

export interface Code {
  /** The label after the fence; "" for none. */
  readonly language: string;
  /** With "\n" for every line ending. */
  readonly text: string;
  /** With the line endings it was written with. */
  readonly asWritten: string;
}

/**
 * Reads a block. The text on the fence's line is a label only where it is one word and names a language; anything
 * else, as in "```rm -rf build && make all", is the first line of the code.
 * @param token a "fence" or "code_block"
 */
export function codeOf(token: Token, lines: SourceLines): Code {
  const first = token.map?.[0] ?? 0;
  const info = token.type === "fence" ? token.info.trim() : "";
  const text = token.content.replace(/\n$/, "");
  if (token.type !== "fence") return { language: "", text, asWritten: lines.asWritten(text, first) };
  if (info === "" || isLanguageName(info))
    return { language: info, text, asWritten: lines.asWritten(text, first + 1) };
  const whole = token.content === "" ? info : `${info}\n${text}`;
  return { language: "", text: whole, asWritten: lines.asWritten(whole, first) };
}
