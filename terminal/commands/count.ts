/** Parses the optional count at the end of a command. */
import { words } from "../words/words.ts";
import { WrongUse } from "./command.ts";

/**
 * Returns a count of 1 to `most`.
 * @param usual the count if `rest` is empty.
 * @throws WrongUse
 */
export function countIn(rest: string, { usual, most }: Record<"usual" | "most", number>): number {
  const count = rest === "" ? usual : Number(rest);
  if (!Number.isInteger(count) || count < 1 || count > most) throw new WrongUse(words.countOutOfBounds(most));
  return count;
}
