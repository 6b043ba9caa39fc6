/**
 * The folder that holds a server's whole state: CA, certificate, database. Private to its owner, and used by
 * one server at a time.
 */
import { constants, existsSync } from "node:fs";
import { access, mkdir, stat } from "node:fs/promises";
import { homedir } from "node:os";
import { join, posix, resolve, win32 } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import { openSqlite } from "../store/database.ts";
import { words } from "../words/words.ts";
import { isOnNetwork } from "./network-share.ts";
import { OperatorError } from "./operator-error.ts";

const OTHERS = 0o077;
const LOCK = "server.lock";
/** SQLite's limit outside Windows is 512, with the ending of the journal: https://sqlite.org/src/file/src/os_unix.c (MAX_PATHNAME). */
const MAX_DATABASE_PATH_BYTES = 504;
/** https://sqlite.org/rescode.html */
const SQLITE_BUSY = 5;

/** Returns the default data folder: the usual place of each system. */
export function defaultDataFolder(env: NodeJS.ProcessEnv, platform: NodeJS.Platform): string {
  const { join } = platform === "win32" ? win32 : posix;
  switch (platform) {
    case "win32":
      return join(env["LOCALAPPDATA"] ?? join(homedir(), "AppData", "Local"), "parley-server");
    case "darwin":
      return join(homedir(), "Library", "Application Support", "parley-server");
    default:
      return join(env["XDG_DATA_HOME"] || join(homedir(), ".local", "share"), "parley-server");
  }
}

export interface DataFolder {
  readonly path: string;
  /** The certification authority's own folder. */
  readonly authority: string;
  readonly database: string;
  /** The folder of members' files. */
  readonly blobs: string;
}

export interface Opening {
  /** Creates the folder if it is missing. */
  readonly create: boolean;
  /** The folder is only read, and no server runs on it: it may be on another machine's disk. */
  readonly isBackup?: boolean;
}

/**
 * Opens a data folder.
 * @throws OperatorError "data-folder-open", "data-folder-empty", "data-folder-unusable"
 */
export async function openDataFolder(
  folder: string,
  { create, isBackup = false }: Opening,
): Promise<DataFolder> {
  const path = resolve(folder);
  if (isTooLong(path)) throw new OperatorError("data-folder-unusable", words.faults.dataFolder.tooLong(path));
  if (!isBackup) await refuseNetwork(path);
  if (create) await makeFolder(path);
  const found = await stat(path).catch(() => undefined);
  if (found === undefined)
    throw new OperatorError("data-folder-empty", words.faults.dataFolder.missing(path));
  if (!found.isDirectory())
    throw new OperatorError("data-folder-unusable", words.faults.dataFolder.noFolder(path));
  await access(path, constants.R_OK | constants.W_OK | constants.X_OK).catch((cause) => {
    throw new OperatorError("data-folder-unusable", words.faults.dataFolder.notWritable(path), { cause });
  });
  // Windows protects a user's application data by itself, and has no such bits.
  if (process.platform !== "win32" && (found.mode & OTHERS) !== 0)
    throw new OperatorError("data-folder-open", words.faults.dataFolder.open(path));
  return dataFolderAt(path);
}

/** Whether SQLite can't open the database there. */
function isTooLong(path: string): boolean {
  return (
    process.platform !== "win32" && Buffer.byteLength(dataFolderAt(path).database) > MAX_DATABASE_PATH_BYTES
  );
}

/**
 * Refuses a folder on a network drive.
 * @throws OperatorError "data-folder-unusable"
 */
export async function refuseNetwork(path: string): Promise<void> {
  if (await isOnNetwork(path))
    throw new OperatorError("data-folder-unusable", words.faults.dataFolder.onNetwork(path));
}

/** Returns the paths in it, if it is a data folder. */
export function dataFolderAt(path: string): DataFolder {
  return {
    path,
    authority: join(path, "authority"),
    database: join(path, "parley.sqlite"),
    blobs: join(path, "blobs"),
  };
}

async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path, { recursive: true, mode: 0o700 });
  } catch (cause) {
    throw new OperatorError("data-folder-unusable", words.faults.dataFolder.notMade(path), { cause });
  }
}

/**
 * Returns whether a server holds the folder now, without changing anything.
 * @throws errors of the disk
 */
export function isDataFolderLocked(folder: DataFolder): boolean {
  const path = join(folder.path, LOCK);
  if (!existsSync(path)) return false;
  const lock = openSqlite(path, { readOnly: true });
  try {
    lock.prepare("SELECT 1 FROM sqlite_schema").all();
    return false;
  } catch (error) {
    // Other errors come from the files of a killed server, which a read-only connection cannot recover.
    return isBusy(error);
  } finally {
    lock.close();
  }
}

function isBusy(error: unknown): boolean {
  return error instanceof Error && "errcode" in error && error.errcode === SQLITE_BUSY;
}

/**
 * Locks the folder for one server. The lock is the operating system's lock on a file, taken through SQLite,
 * so it ends with the process, however that ends.
 * @returns a function that releases it.
 * @throws OperatorError "data-folder-locked", errors of the disk
 */
export function lockDataFolder(folder: DataFolder): () => void {
  let lock: DatabaseSync | undefined;
  try {
    lock = openSqlite(join(folder.path, LOCK));
    // A server that is just stopping, e.g. because an editor window reloads, soon releases it.
    lock.exec("PRAGMA busy_timeout = 3000; PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE;");
  } catch (cause) {
    lock?.close();
    if (!isBusy(cause)) throw cause;
    throw new OperatorError("data-folder-locked", words.faults.dataFolder.locked(folder.path), { cause });
  }
  const held = lock;
  return () => held.close();
}
