/** Makes folders that only this user's processes can access. */
import { chmodSync, lstatSync, mkdirSync } from "node:fs";

/** Makes the folder if it is absent, and removes other users' access if this user owns it. */
export function restrictToOwner(path: string): void {
  mkdirSync(path, { recursive: true, mode: 0o700 });
  const { mode, uid } = lstatSync(path);
  if (uid === process.getuid?.() && (mode & 0o077) !== 0) chmodSync(path, 0o700);
}

/**
 * Makes a private folder in a shared parent folder, where another user may have made one of the same name.
 * @throws Error if the folder cannot be made, or is not this user's alone
 */
export function makePrivate(path: string): void {
  mkdirSync(path, { recursive: true, mode: 0o700 });
  const stats = lstatSync(path);
  if (!stats.isDirectory() || stats.uid !== process.getuid?.() || (stats.mode & 0o077) !== 0)
    throw new Error(`${path} is not a folder of this user alone`);
}
