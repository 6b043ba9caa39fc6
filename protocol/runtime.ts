/**
 * Refuses a Node that is too old before anything else of the library runs: the resulting errors would look
 * like a malicious server's.
 */
import { UsageError } from "./errors.ts";

const OLDEST = [22, 15] as const;

/**
 * Checks Node's version.
 * @param version such as "22.15.0", of process.versions.node.
 * @throws UsageError "wrong-state"
 */
export function requireRuntime(version: string): void {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  if (major > OLDEST[0] || (major === OLDEST[0] && minor >= OLDEST[1])) return;
  throw new UsageError("wrong-state", `Parley needs Node ${OLDEST.join(".")} or newer; this is ${version}`);
}
