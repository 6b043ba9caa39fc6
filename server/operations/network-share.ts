/**
 * Detects folders on another machine's disk. SQLite's log needs shared memory and locks that only work within
 * one machine, so a database there is damaged sooner or later (https://sqlite.org/wal.html, "over a network
 * filesystem").
 */
import { existsSync } from "node:fs";
import { realpath, statfs } from "node:fs/promises";
import { dirname } from "node:path";

/** The network file systems of Linux's statfs(2): NFS, SMB, CIFS, SMB 2 and later, AFS, Coda, NCP, Ceph, GFS2, OCFS2, Lustre, GPFS. */
const NETWORK_TYPES: ReadonlySet<number> = new Set([
  0x6969, 0x517b, 0xff534d42, 0xfe534d42, 0x5346414f, 0x73757245, 0x564c, 0x00c36400, 0x01161970, 0x7461636f,
  0x0bd00bd0, 0x47504653,
]);

/** Calls into the system, replaced by tests. */
export interface FileSystem {
  readonly platform: NodeJS.Platform;
  readonly realpath: (path: string) => Promise<string>;
  readonly statfs: (path: string) => Promise<{ readonly type: number }>;
}

/**
 * Returns whether a folder is on a network share.
 * @param path absolute; need not exist, but its disk must
 * @returns false also if the system does not tell: macOS renumbers its file systems at each start
 */
export async function isOnNetwork(
  path: string,
  system: FileSystem = { platform: process.platform, realpath, statfs },
): Promise<boolean> {
  const there = nearestExisting(path);
  switch (system.platform) {
    case "win32":
      // If a drive letter stands for a share, the real path is the share's.
      return isShare(path) || isShare(await system.realpath(there).catch(() => path));
    case "linux":
      return NETWORK_TYPES.has((await system.statfs(there).catch(() => ({ type: 0 }))).type >>> 0);
    default:
      return false;
  }
}

/**
 * Returns whether a Windows path is a share's.
 * @param path `\\server\share`, also with slashes, and as `\\?\UNC\server\share`; `\\?\C:` and `\\.\` are
 * local
 */
export function isShare(path: string): boolean {
  const backslashed = path.replaceAll("/", "\\");
  return /^\\\\[?.]\\UNC\\/i.test(backslashed) || /^\\\\(?![?.]\\)[^\\]/.test(backslashed);
}

function nearestExisting(path: string): string {
  let there = path;
  while (!existsSync(there) && dirname(there) !== there) there = dirname(there);
  return there;
}
