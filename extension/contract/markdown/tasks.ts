/** List items that are tasks, done or not (GFM, "Task list items"). */
import type { Token } from "markdown-it";

const MARK = /^\[([ xX])\](?=[ \t]+\S)/;
export const TASK_MARK_CHARACTERS = 3;

export interface Task {
  readonly done: boolean;
  /** The mark of the box, as it was written. */
  readonly mark: string;
}

/** @returns whether a list's item that begins with this text is a task */
export function beginsTask(text: string): boolean {
  return MARK.test(text);
}

/** @returns the task at `index` of the text, or undefined where there is none */
export function taskOf(tokens: readonly Token[], index: number): Task | undefined {
  const [item, paragraph, inline] = [tokens[index - 2], tokens[index - 1], tokens[index]];
  if (item?.type !== "list_item_open" || paragraph?.type !== "paragraph_open") return undefined;
  const [mark, state] = MARK.exec(inline?.content ?? "") ?? [];
  // A mark that the rules of links turned into something else does not count.
  if (mark === undefined || !inline?.children?.[0]?.content.startsWith(mark)) return undefined;
  return { done: state !== " ", mark };
}
