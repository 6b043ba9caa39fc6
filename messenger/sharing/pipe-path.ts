/** Chooses the paths that the leader may listen on. */
import { createHash, randomBytes } from "node:crypto";
import { homedir, tmpdir } from "node:os";
import { dirname, isAbsolute, join } from "node:path";
import { makePrivate } from "./private-directory.ts";

/** The longest path of a socket in bytes. The kernels' limits are 104 on macOS and 108 on Linux. */
const MAX_PATH_BYTES = 100;

/**
 * Lists paths for the leader's socket.
 * @param directory the messenger's folder
 * @returns paths to try, best first: in the messenger's folder; in a short folder in the user's home directory, for a path that is too long
 * or a disk without sockets; last in the shared temporary folder, where systems delete files even if they are in use. On Windows, an
 * unpredictable pipe name.
 */
export function pipePaths(directory: string, home = homedir()): readonly string[] {
  if (process.platform === "win32") return [`\\\\.\\pipe\\parley-${randomBytes(16).toString("hex")}`];
  const hash = createHash("sha256").update(directory).digest("hex").slice(0, 16);
  const runtime = process.env["XDG_RUNTIME_DIR"] ?? "";
  return [
    join(directory, "parley.sock"),
    join(home, ".parley", `${hash}.sock`),
    join(runtime, "parley", `${hash}.sock`),
    // The environment may name a long path for it, too.
    ...new Set(
      [tmpdir(), "/tmp"].map((folder) =>
        join(folder, `parley-${process.getuid?.() ?? 0}-${hash}`, "parley.sock"),
      ),
    ),
  ].filter((path) => isAbsolute(path) && Buffer.byteLength(path) <= MAX_PATH_BYTES);
}

/** Makes a private folder for the socket. @throws Error if other users could tamper with the path */
export function preparePipe(path: string): void {
  if (process.platform !== "win32") makePrivate(dirname(path));
}
