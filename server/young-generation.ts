/**
 * Begins the program again with a small young generation, before anything else of it is loaded: V8 takes that size when it starts, and
 * Node's own choice grows to 48 MB by the time a thousand people have come, and stays. Messages cost the same with the smaller one.
 * Where the system cannot replace a process by another (Windows), the server runs as it is.
 */
import { argv, env, execArgv, execPath, execve } from "node:process";

const OPTION = "--max-semi-space-size";
/** A third of the young generation. */
const MEGABYTES = 4;

const chosen = [...execArgv, env["NODE_OPTIONS"] ?? ""].some((option) => option.includes(OPTION));
// Who forked this process would lose the channel to it.
if (!chosen && process.channel === undefined) {
  try {
    execve?.(execPath, [execPath, `${OPTION}=${MEGABYTES}`, ...execArgv, ...argv.slice(1)], env);
  } catch {
    // It costs memory, and nothing else.
  }
}
