/** Prevents stars and underscores in paths and file patterns, as in `src/**\/*.ts`, from formatting. */
import type { MarkdownIt } from "markdown-it";

/** Before one of these, formatting cannot open; after a slash, it cannot close. */
const BEGINS_NO_WORD = /[/\\.]/;
const ENDS_NO_WORD = /[/\\]/;

export function keepPaths({ inline }: MarkdownIt): void {
  inline.State = class extends inline.State {
    override scanDelims(start: number, canSplitWord: boolean) {
      const found = super.scanDelims(start, canSplitWord);
      const [before, after] = [this.src[start - 1] ?? " ", this.src[start + found.length] ?? " "];
      return {
        ...found,
        can_open: found.can_open && !BEGINS_NO_WORD.test(after),
        can_close: found.can_close && !ENDS_NO_WORD.test(before),
      };
    }
  };
}
