/** The count that a command ends with, or may leave out. */
import { words } from "../words/words.ts";
import { WrongUse } from "./command.ts";

/** @param usual where `rest` is empty. @returns 1 to `most`. @throws WrongUse */
export function countIn(rest: string, { usual, most }: Record<"usual" | "most", number>): number {
  const count = rest === "" ? usual : Number(rest);
  if (!Number.isInteger(count) || count < 1 || count > most) throw new WrongUse(words.countOutOfBounds(most));
  return count;
}
