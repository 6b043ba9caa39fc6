/** Checks the data folder: its owner, access by others, and free space. */
import { lstat, readdir, statfs } from "node:fs/promises";
import { join, relative } from "node:path";
import { words } from "../../words/words.ts";
import { type DataFolder, openDataFolder } from "../data-folder.ts";
import { examineAccess } from "./access.ts";
import { type Finding, ok, problem, warning, wordsOf } from "./finding.ts";

const { folder: said, checks } = words.doctor;
const MB = 1024 * 1024;
/** Below this, a few mailboxes may fill the disk within the hour. */
const LOW_BYTES = 1024 * MB;
/** Below this, SQLite may not find room for its log. */
const LEAST_BYTES = 64 * MB;
const LOW_INODES = 1000;
/** A start creates a dozen files. */
const LEAST_INODES = 20;
const OTHERS = 0o077;
const HAS_MODES = process.platform !== "win32";

/**
 * Examines the folder.
 * @returns no folder if nothing more can be checked
 */
export async function examineFolder(path: string): Promise<{ folder?: DataFolder; findings: Finding[] }> {
  try {
    const folder = await openDataFolder(path, { create: false });
    const findings = [
      examineAccess(folder.path, process.platform, process.env),
      ...(await examineFiles(folder)),
      ...(await examineRoom(folder)),
    ];
    return { folder, findings };
  } catch (error) {
    return {
      findings: [problem(checks.dataFolder, wordsOf(error), said.unusable)],
    };
  }
}

async function examineFiles(folder: DataFolder): Promise<Finding[]> {
  if (!HAS_MODES) return [];
  const owner = (await lstat(folder.path)).uid;
  const findings: Finding[] = [];
  for (const path of await everythingIn(folder.path)) {
    const name = relative(folder.path, path);
    const found = await lstat(path).catch(() => undefined);
    if (found === undefined) continue; // SQLite creates and deletes its own files at any time.
    if ((found.mode & OTHERS) !== 0)
      findings.push(
        problem(
          checks.fileModes,
          said.readable(name, (found.mode & 0o777).toString(8)),
          said.closeOff(found.isDirectory() ? 700 : 600, path),
        ),
      );
    if (found.uid !== owner)
      findings.push(
        problem(checks.fileOwners, said.foreignOwner(name, found.uid, owner), said.changeOwner(owner, path)),
      );
  }
  return findings.length > 0 ? findings : [ok(checks.fileModes, said.filesOwnersAlone)];
}

async function everythingIn(path: string): Promise<string[]> {
  const entries = await readdir(path, { withFileTypes: true, recursive: true });
  return entries.map((one) => join(one.parentPath, one.name));
}

async function examineRoom({ path }: DataFolder): Promise<Finding[]> {
  const { bavail, bsize, files, ffree } = await statfs(path);
  const free = bavail * bsize;
  const room = said.free(Math.floor(free / MB), path);
  const findings = [
    free < LEAST_BYTES
      ? problem(checks.diskSpace, room, said.makeRoom)
      : free < LOW_BYTES
        ? warning(checks.diskSpace, room, said.makeRoom)
        : ok(checks.diskSpace, room),
  ];
  if (files === 0) return findings; // this file system does not count them
  const inodes = said.inodes(ffree);
  if (ffree < LEAST_INODES) return [...findings, problem(checks.inodes, inodes, said.tidy)];
  return [
    ...findings,
    ffree < LOW_INODES ? warning(checks.inodes, inodes, said.tidy) : ok(checks.inodes, inodes),
  ];
}
