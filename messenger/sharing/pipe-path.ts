/** Chooses the paths that the leader may listen on. */
import { createHash, randomBytes } from "node:crypto";
import { homedir, tmpdir } from "node:os";
import { dirname, isAbsolute, join } from "node:path";
import { makePrivate } from "./private-directory.ts";

/** The longest path of a socket in bytes, fixed in the kernel: 104 on macOS, 108 on Linux. */
const MAX_PATH_BYTES = 100;

/**
 * @param directory the messenger's own
 * @returns paths to try, best first: in the messenger's folder; where that is too long, or its disk cannot hold sockets, in a short folder
 * of the user's own; among everybody's temporary files last, since systems delete those while they are in use. On Windows a name
 * that nobody can guess.
 */
export function pipePaths(directory: string, home = homedir()): readonly string[] {
  if (process.platform === "win32") return [`\\\\.\\pipe\\parley-${randomBytes(16).toString("hex")}`];
  const hash = createHash("sha256").update(directory).digest("hex").slice(0, 16);
  const runtime = process.env["XDG_RUNTIME_DIR"] ?? "";
  return [
    join(directory, "parley.sock"),
    join(home, ".parley", `${hash}.sock`),
    join(runtime, "parley", `${hash}.sock`),
    join(tmpdir(), `parley-${process.getuid?.() ?? 0}-${hash}`, "parley.sock"),
  ].filter((path) => isAbsolute(path) && Buffer.byteLength(path) <= MAX_PATH_BYTES);
}

/** Makes a private folder. @throws Error where others could tamper with the path */
export function preparePipe(path: string): void {
  if (process.platform !== "win32") makePrivate(dirname(path));
}
