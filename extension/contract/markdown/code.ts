/** Splits a code block into its language, the code to show and the code to copy. */
import type { Token } from "markdown-it";
import { isLanguageName } from "./language-names.ts";
import type { SourceLines } from "./source-lines.ts";

export interface Code {
  /** The language named after the fence, or "". */
  readonly language: string;
  /** The code to show, with "\n" for every line ending. */
  readonly text: string;
  /** The code to copy, with its original line endings. */
  readonly asWritten: string;
}

/**
 * Splits a block. The text on the fence's line counts as a language only if it is one word and a language's name. Any other text,
 * as in "```rm -rf build && make all", is the first line of the code.
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
