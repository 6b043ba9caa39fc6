/** Decides whether a path leads into a folder. */
import { realpath } from "node:fs/promises";
import { isAbsolute, relative, sep } from "node:path";

/** @returns whether the path, with links followed, is inside the folder; false where either doesn't exist */
export async function liesIn(folder: string, path: string): Promise<boolean> {
  try {
    const way = relative(await realpath(folder), await realpath(path));
    return way !== "" && way !== ".." && !way.startsWith(`..${sep}`) && !isAbsolute(way);
  } catch {
    return false;
  }
}
