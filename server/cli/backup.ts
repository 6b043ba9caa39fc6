/**
 * `parley-server backup FOLDER`: copies everything that makes up a server into a new data folder, while the
 * server runs. With `--every` it continues: FOLDER then holds one backup for each time, named after it, and
 * only the newest are kept.
 */
import { existsSync } from "node:fs";
import { mkdir, readdir, rm } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { type DataFolder, openDataFolder } from "../operations/data-folder.ts";
import { OperatorError } from "../operations/operator-error.ts";
import { words } from "../words/words.ts";
import { copyData } from "./copy-data.ts";
import type { Output } from "./output.ts";
import { stopSignal } from "./stop-asked.ts";

export interface BackupOptions {
  readonly data: string;
  /** Created; must not exist, except with `every`. */
  readonly folder: string;
  /**
   * Milliseconds from the start of one backup to the start of the next; absent: one backup, in `folder`
   * itself.
   */
  readonly every?: number | undefined;
  /** How many backups are kept, at least 1. */
  readonly keep: number;
  /** Includes members' files, which may be many GiB. */
  readonly withFiles: boolean;
}

/** `2030-01-31T12-00-00.000Z`: sorts by time, and is a valid name on every file system. */
const NAME = /^(\d{4}-\d\d-\d\dT\d\d)-(\d\d)-(\d\d\.\d{3}Z)$/;

/**
 * Makes backups. Resolves once the backup is on disk; with `every`, at the first request to stop.
 * @throws OperatorError
 */
export async function backup(options: BackupOptions, output: Output): Promise<void> {
  const from = await openDataFolder(options.data, { create: false });
  if (!existsSync(from.database))
    throw new OperatorError("data-folder-empty", words.faults.dataFolder.noDatabase(from.path));
  const folder = resolve(options.folder);
  if (options.every !== undefined) {
    await backUpRepeatedly(from, folder, options.every, options, output);
    return;
  }
  if (existsSync(folder)) throw new OperatorError("backup-failed", words.faults.backups.exists(folder));
  await backUp(from, folder, options, output);
}

/** Returns the names of the backups in `folder`, the newest first; none if there is no such folder. */
export async function backupsIn(folder: string): Promise<readonly string[]> {
  const names = await readdir(folder).catch(() => []);
  return names
    .filter((name) => NAME.test(name))
    .sort()
    .reverse();
}

/** Returns when the backup at that path was made, if its name is a time. */
export function timeOf(path: string): Date | undefined {
  const [, hour, minute, second] = NAME.exec(basename(path)) ?? [];
  return hour === undefined ? undefined : new Date(`${hour}:${minute}:${second}`);
}

async function backUpRepeatedly(
  from: DataFolder,
  folder: string,
  everyMs: number,
  options: BackupOptions,
  output: Output,
): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 }).catch(failed(folder));
  const stopping = new AbortController();
  void stopSignal().then(() => stopping.abort());
  while (!stopping.signal.aborted) {
    const next = Date.now() + everyMs;
    try {
      await backUp(from, join(folder, new Date().toISOString().replaceAll(":", "-")), options, output);
      for (const old of (await backupsIn(folder)).slice(options.keep))
        await rm(join(folder, old), { recursive: true, force: true });
    } catch (error) {
      // The disk may have room, or the mount may be back, at the next time.
      output.fail(error);
    }
    await pause(Math.max(0, next - Date.now()), undefined, { signal: stopping.signal }).catch(() => {});
  }
}

async function backUp(
  from: DataFolder,
  target: string,
  { withFiles }: BackupOptions,
  output: Output,
): Promise<void> {
  const bytes = await copyData(from, target, { withFiles }).catch(failed(dirname(target)));
  const { backedUp } = words.commandLine.upkeep;
  output.say({ event: "backup", folder: target, bytes, withFiles }, backedUp(target, withFiles));
}

function failed(parent: string): (cause: unknown) => never {
  return (cause) => {
    if (cause instanceof OperatorError) throw cause;
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new OperatorError("backup-failed", words.faults.backups.failed(why, parent), { cause });
  };
}
