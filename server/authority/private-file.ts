/** Files that hold keys: readable by their owner only, and written to disk completely or not at all. */
import { randomBytes } from "node:crypto";
import { mkdir, open, readFile, rm, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { replaceFile } from "../../protocol/replace-file.ts";
import { isMissing } from "../disk-errors.ts";
import { words } from "../words/words.ts";
import { AuthorityError } from "./authority-error.ts";

/** Windows has access lists instead of these bits; there, a profile folder belongs to its user alone. */
const HAS_MODES = process.platform !== "win32";
const OTHERS = 0o077;

/**
 * Creates the folder if it is missing, with mode 0700.
 * @throws AuthorityError "unprotected" if others have access to it
 */
export async function privateDirectory(path: string): Promise<void> {
  await mkdir(path, { recursive: true, mode: 0o700 });
  await requirePrivate(path, "0700");
}

/**
 * Reads a private file.
 * @returns undefined if there is no such file.
 * @throws AuthorityError "unprotected" if others have access to it
 */
export async function readPrivateFile(path: string): Promise<string | undefined> {
  try {
    await requirePrivate(path, "0600");
    return await readFile(path, "utf8");
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/** Replaces the file atomically: after a crash or power cut a reader sees the old or the new text. */
export async function writePrivateFile(path: string, text: string): Promise<void> {
  const temporary = `${path}.${randomBytes(6).toString("hex")}.new`;
  try {
    const file = await open(temporary, "wx", 0o600);
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await replaceFile(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  await syncDirectory(dirname(path));
}

/** Syncs a folder: a rename is durable only after that. Windows neither needs nor allows it. */
export async function syncDirectory(path: string): Promise<void> {
  if (!HAS_MODES) return;
  const directory = await open(path, "r");
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}

async function requirePrivate(path: string, wanted: string): Promise<void> {
  const { mode } = await stat(path);
  if (HAS_MODES && (mode & OTHERS) !== 0)
    throw new AuthorityError("unprotected", words.faults.authority.unprotected(path, wanted));
}
