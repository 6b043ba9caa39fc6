/** Files that hold keys: readable by their owner only, and on disk either whole or not at all. */
import { randomBytes } from "node:crypto";
import { mkdir, open, readFile, rm, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { replaceFile } from "../../protocol/replace-file.ts";
import { isMissing } from "../disk-errors.ts";
import { words } from "../words/words.ts";
import { AuthorityError } from "./authority-error.ts";

/** Windows keeps access lists instead of these bits; a profile folder is its user's own there. */
const HAS_MODES = process.platform !== "win32";
const OTHERS = 0o077;

/** Makes the folder if absent, with mode 0700. @throws AuthorityError "unprotected" where others have access to it */
export async function privateDirectory(path: string): Promise<void> {
  await mkdir(path, { recursive: true, mode: 0o700 });
  await requirePrivate(path, "0700");
}

/** @returns undefined where there is no such file. @throws AuthorityError "unprotected" where others have access to it */
export async function readPrivateFile(path: string): Promise<string | undefined> {
  try {
    await requirePrivate(path, "0600");
    return await readFile(path, "utf8");
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/** Replaces the file in one step that a crash or a power cut does not tear: a reader sees the old or the new text. */
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

/** A rename is on disk only once its folder is; Windows neither needs nor allows this. */
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
