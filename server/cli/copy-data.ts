/**
 * Copies a data folder, whether or not a server runs on it. The copy is a data folder itself, and appears
 * atomically.
 */
import { constants } from "node:fs";
import { copyFile, mkdir, mkdtemp, open, readdir, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { replaceFile } from "../../protocol/replace-file.ts";
import { readPrivateFile, syncDirectory, writePrivateFile } from "../authority/private-file.ts";
import { parseBlobName } from "../blobs/blob-name.ts";
import { isMissing } from "../disk-errors.ts";
import { type DataFolder, dataFolderAt } from "../operations/data-folder.ts";
import { OperatorError } from "../operations/operator-error.ts";
import { copyDatabase } from "../store/database.ts";
import { words } from "../words/words.ts";

export interface CopyOptions {
  /** Copies members' files, too. Without them, a server on the copy drops their rows when it starts. */
  readonly withFiles?: boolean;
  /** Changes the copy before it gets its final name. */
  readonly finish?: (unfinished: DataFolder) => Promise<void>;
}

/**
 * Copies database and keys as they are at one moment, and checks the copy.
 * @param target must not exist; its parent must, with room for the copy
 * @returns bytes of the database.
 * @throws Error where a file can't be read or written, or is damaged: nothing is left then; OperatorError
 * "copy-not-in-place" where only the renaming failed
 */
export async function copyData(
  from: DataFolder,
  target: string,
  { withFiles = false, finish }: CopyOptions = {},
): Promise<number> {
  const parent = dirname(target);
  let unfinished: string | undefined;
  try {
    unfinished = await mkdtemp(join(parent, `.${basename(target)}-`)); // mode 0700
    const to = dataFolderAt(unfinished);
    const bytes = await copy(from, to);
    if (withFiles) await copyFiles(from, to);
    await finish?.(to);
    await syncDirectory(unfinished);
    const whole = unfinished;
    unfinished = undefined;
    await putInPlace(whole, target);
    await syncDirectory(parent);
    return bytes;
  } catch (error) {
    if (unfinished !== undefined) await rm(unfinished, { recursive: true, force: true });
    throw error;
  }
}

/** Renames the copy, which is complete and durable: an error here keeps the copy. */
async function putInPlace(whole: string, target: string): Promise<void> {
  try {
    await replaceFile(whole, target);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new OperatorError("copy-not-in-place", words.faults.backups.notRenamed(why, whole, target), {
      cause,
    });
  }
}

async function copy(from: DataFolder, to: DataFolder): Promise<number> {
  const bytes = copyDatabase(from.database, to.database);
  await sync(to.database);
  await mkdir(to.authority, { mode: 0o700 });
  // After the database: the database may be older than the certificates, but not the other way round.
  for (const name of await readdir(from.authority)) {
    if (!name.endsWith(".pem")) continue;
    const text = await readPrivateFile(join(from.authority, name));
    if (text !== undefined) await writePrivateFile(join(to.authority, name), text);
  }
  return bytes;
}

/**
 * Copies files after the database: at its start, a server on the copy removes files of blobs added since, and
 * drops the rows of blobs whose files have been removed since.
 */
async function copyFiles(from: DataFolder, to: DataFolder): Promise<void> {
  await mkdir(to.blobs, { mode: 0o700 });
  for (const name of await readdir(from.blobs).catch(noneIfMissing)) {
    if (parseBlobName(name) === undefined) continue;
    const target = join(to.blobs, name);
    try {
      await copyFile(join(from.blobs, name), target, constants.COPYFILE_FICLONE);
    } catch (error) {
      if (isMissing(error)) continue; // removed meanwhile
      throw error;
    }
    await sync(target);
  }
  await syncDirectory(to.blobs);
}

function noneIfMissing(error: unknown): string[] {
  if (isMissing(error)) return [];
  throw error;
}

async function sync(path: string): Promise<void> {
  const file = await open(path, "r+");
  try {
    await file.chmod(0o600);
    await file.sync();
  } finally {
    await file.close();
  }
}
