/**
 * `parley-server backup FOLDER`: a copy of all that a server is, made while it runs. The copy is a data folder itself: to restore
 * is to put it in the place of the other.
 */
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, open, readdir, rename, rm } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { readPrivateFile, syncDirectory, writePrivateFile } from "../authority/private-file.ts";
import { type DataFolder, dataFolderAt, openDataFolder } from "../data-folder.ts";
import { OperatorError } from "../operator-error.ts";
import { copyDatabase } from "../store/database.ts";
import type { Output } from "./output.ts";

export interface BackupOptions {
  readonly data: string;
  /** Made; must not exist. */
  readonly folder: string;
}

/** Either the whole backup is there afterwards, on disk and under its name, or nothing of it. @throws OperatorError */
export async function backup({ data, folder }: BackupOptions, output: Output): Promise<void> {
  const from = await openDataFolder(data, { create: false });
  if (!existsSync(from.database))
    throw new OperatorError(
      "data-folder-empty",
      `There is no database in ${from.path} yet. Start the server once.`,
    );
  const target = resolve(folder);
  if (existsSync(target))
    throw new OperatorError(
      "backup-failed",
      `${target} exists. Choose a name that is free: a backup replaces nothing.`,
    );
  const bytes = await making(target, (unfinished) => copy(from, dataFolderAt(unfinished)));
  output.say(
    { event: "backup", folder: target, bytes },
    `${target} holds everything as it was just now, the team's keys included: keep it as safe as the data folder.`,
  );
}

/** Does `work` on a folder beside `target`, which gets its name when all is done. */
async function making<T>(target: string, work: (unfinished: string) => Promise<T>): Promise<T> {
  const parent = dirname(target);
  let unfinished: string | undefined;
  try {
    unfinished = await mkdtemp(join(parent, `.${basename(target)}-`)); // mode 0700
    const result = await work(unfinished);
    await rename(unfinished, target);
    await syncDirectory(parent);
    return result;
  } catch (cause) {
    if (unfinished !== undefined) await rm(unfinished, { recursive: true, force: true });
    const words = cause instanceof Error ? cause.message : String(cause);
    throw new OperatorError(
      "backup-failed",
      `No backup was made: ${words}. See whether ${parent} is there and has room.`,
      {
        cause,
      },
    );
  }
}

/** @returns bytes of the database */
async function copy(from: DataFolder, to: DataFolder): Promise<number> {
  const bytes = copyDatabase(from.database, to.database);
  await sync(to.database);
  await mkdir(to.authority, { mode: 0o700 });
  // After the database, which may know less than the certificates and not the other way round.
  for (const name of await readdir(from.authority)) {
    if (!name.endsWith(".pem")) continue;
    const text = await readPrivateFile(join(from.authority, name));
    if (text !== undefined) await writePrivateFile(join(to.authority, name), text);
  }
  await syncDirectory(to.path);
  return bytes;
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
