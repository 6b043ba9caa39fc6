/**
 * Restarts the program with a small young generation before any other module is loaded, since V8 reads that
 * size at startup. Node's default grows to 48 MB once a thousand people have connected, and stays there.
 * Messages cost the same with the smaller one.
 */
import { accessSync, constants } from "node:fs";
import process, { argv, env, execArgv, execPath } from "node:process";

const OPTION = "--max-semi-space-size";
/** A third of the young generation. */
const MEGABYTES = 4;

// Older Node versions lack process.execve; startup refuses them later with a clear message.
if (mayBeReplaced())
  process.execve?.(execPath, [execPath, `${OPTION}=${MEGABYTES}`, ...execArgv, ...argv.slice(1)], env);

function mayBeReplaced(): boolean {
  const chosen = [...execArgv, env["NODE_OPTIONS"] ?? ""].some((option) => option.includes(OPTION));
  // An editor's executable might open a window, and a parent that forked this process would lose its channel.
  const others = process.versions["electron"] !== undefined || process.channel !== undefined;
  return !chosen && !others && process.platform !== "win32" && isExecutable(execPath);
}

/** process.execve aborts instead of throwing if it cannot execute the file. */
function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
