/** A folder that only its owner can read: its files are for this user's own processes. */
import { chmodSync, lstatSync, mkdirSync } from "node:fs";

/** Makes the folder where it is absent, and closes it to others where it is ours. */
export function closeToOthers(path: string): void {
  mkdirSync(path, { recursive: true, mode: 0o700 });
  const { mode, uid } = lstatSync(path);
  if (uid === process.getuid?.() && (mode & 0o077) !== 0) chmodSync(path, 0o700);
}

/**
 * For a parent where everybody may make folders: a folder of somebody else under our name is not used.
 * @throws Error where the folder cannot be made, or is not ours alone
 */
export function makePrivate(path: string): void {
  mkdirSync(path, { recursive: true, mode: 0o700 });
  const stats = lstatSync(path);
  if (!stats.isDirectory() || stats.uid !== process.getuid?.() || (stats.mode & 0o077) !== 0)
    throw new Error(`${path} is not a folder of this user alone`);
}
