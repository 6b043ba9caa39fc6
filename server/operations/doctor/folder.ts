/** The data folder: whose it is, who else can get at it, and whether there is room. */
import { lstat, readdir, statfs } from "node:fs/promises";
import { join, relative } from "node:path";
import { type DataFolder, openDataFolder } from "../data-folder.ts";
import { examineAccess } from "./access.ts";
import { type Finding, ok, problem, warning, wordsOf } from "./finding.ts";

const MB = 1024 * 1024;
/** Below: a mailbox or two may fill it within the hour. */
const LOW_BYTES = 1024 * MB;
/** Below: SQLite may not find room for its log. */
const LEAST_BYTES = 64 * MB;
const LOW_INODES = 1000;
/** A start needs a dozen. */
const LEAST_INODES = 20;
const OTHERS = 0o077;
const HAS_MODES = process.platform !== "win32";

/** @returns undefined for the folder where nothing more can be looked at */
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
      findings: [
        problem("data folder", wordsOf(error), "Nothing else can be looked at before that is mended."),
      ],
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
    if (found === undefined) continue; // SQLite's own files come and go
    if ((found.mode & OTHERS) !== 0)
      findings.push(
        problem(
          "file modes",
          `Others can read ${name} (mode ${(found.mode & 0o777).toString(8)})`,
          `Run: chmod ${found.isDirectory() ? 700 : 600} '${path}'. If it was so for long, renew: parley-server renew`,
        ),
      );
    if (found.uid !== owner)
      findings.push(
        problem(
          "file owners",
          `${name} belongs to user ${found.uid}, the folder to ${owner}: its server may not be able to write it`,
          `Run: chown ${owner} '${path}', and parley-server as its own user only, such as: sudo -u parley parley-server users`,
        ),
      );
  }
  return findings.length > 0 ? findings : [ok("file modes", "keys and database are their owner's alone")];
}

async function everythingIn(path: string): Promise<string[]> {
  const entries = await readdir(path, { withFileTypes: true, recursive: true });
  return entries.map((one) => join(one.parentPath, one.name));
}

async function examineRoom({ path }: DataFolder): Promise<Finding[]> {
  const { bavail, bsize, files, ffree } = await statfs(path);
  const free = bavail * bsize;
  const room = `${Math.floor(free / MB)} MiB free on the disk of ${path}`;
  const advice =
    "Make room there, or move the folder to a larger disk. What people may leave on the server is bounded at 64 MiB each.";
  const findings = [
    free < LEAST_BYTES
      ? problem("disk space", room, advice)
      : free < LOW_BYTES
        ? warning("disk space", room, advice)
        : ok("disk space", room),
  ];
  if (files === 0) return findings; // this file system does not count them
  const inodes = `${ffree} inodes free`;
  const tidy =
    "Delete files that are not needed there: a full table of files stops the database as a full disk does.";
  if (ffree < LEAST_INODES) return [...findings, problem("inodes", inodes, tidy)];
  return [...findings, ffree < LOW_INODES ? warning("inodes", inodes, tidy) : ok("inodes", inodes)];
}
