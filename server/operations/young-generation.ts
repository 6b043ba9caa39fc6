/**
 * Begins the program again with a small young generation, before anything else of it is loaded: V8 takes that size when it starts, and
 * Node's own choice grows to 48 MB by the time a thousand people have come, and stays. Messages cost the same with the smaller one.
 */
import { accessSync, constants } from "node:fs";
import process, { argv, env, execArgv, execPath } from "node:process";

const OPTION = "--max-semi-space-size";
/** A third of the young generation. */
const MEGABYTES = 4;

// Older Nodes lack process.execve; the start refuses them later with a clear message.
if (mayBeReplaced())
  process.execve?.(execPath, [execPath, `${OPTION}=${MEGABYTES}`, ...execArgv, ...argv.slice(1)], env);

function mayBeReplaced(): boolean {
  const chosen = [...execArgv, env["NODE_OPTIONS"] ?? ""].some((option) => option.includes(OPTION));
  // An editor's own executable might open a window, and a parent that forked this process would lose the channel to it.
  const others = process.versions["electron"] !== undefined || process.channel !== undefined;
  return !chosen && !others && process.platform !== "win32" && isExecutable(execPath);
}

/** Where Node cannot execute it, it does not throw, but aborts. */
function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
