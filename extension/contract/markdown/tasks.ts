/** Recognizes list items that are tasks (GFM, "Task list items"). */
import type { Token } from "markdown-it";

const MARK = /^\[([ xX])\](?=[ \t]+\S)/;
export const TASK_MARK_CHARACTERS = 3;

export interface Task {
  readonly done: boolean;
  /** The box as text, such as "[x]". */
  readonly mark: string;
}

/** @returns whether a list item with this text is a task */
export function beginsTask(text: string): boolean {
  return MARK.test(text);
}

/** @returns the task that begins at token `index`, or undefined */
export function taskOf(tokens: readonly Token[], index: number): Task | undefined {
  const [item, paragraph, inline] = [tokens[index - 2], tokens[index - 1], tokens[index]];
  if (item?.type !== "list_item_open" || paragraph?.type !== "paragraph_open") return undefined;
  const [mark, state] = MARK.exec(inline?.content ?? "") ?? [];
  // Ignore a box that became part of a link.
  if (mark === undefined || !inline?.children?.[0]?.content.startsWith(mark)) return undefined;
  return { done: state !== " ", mark };
}
