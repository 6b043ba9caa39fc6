/** Checks the server's environment: Node, and the limits of the system. */
import { readFile } from "node:fs/promises";
import { nativeKem } from "../../../protocol/channel/kem.ts";
import { DEFAULT_LIMITS } from "../../limits.ts";
import { words } from "../../words/words.ts";
import { type Finding, ok, problem, warning } from "./finding.ts";

const { runtime: said, checks } = words.doctor;
const OLDEST: readonly [major: number, minor: number] = [22, 15];
/** Open files beside connections: database, log, standard streams. */
const OTHER_FILES = 64;

/**
 * Examines the environment.
 * @param version as `process.version`.
 * @param pid of the running server; if absent, checks the limits for a server started here
 */
export async function examineRuntime(version: string, pid: number | undefined): Promise<Finding[]> {
  return [nodeVersion(version), mlKem(), await openFiles(pid)].filter((one) => one !== undefined);
}

function nodeVersion(version: string): Finding {
  const [major = 0, minor = 0] = version.replace("v", "").split(".").map(Number);
  const recent = major > OLDEST[0] || (major === OLDEST[0] && minor >= OLDEST[1]);
  if (recent) return ok(checks.node, version);
  return problem(checks.node, said.tooOld(version), said.installNode(OLDEST.join(".")));
}

function mlKem(): Finding {
  if (nativeKem !== undefined) return ok(checks.mlKem, said.ownMlKem);
  return warning(checks.mlKem, said.noMlKem, said.aboutMlKem);
}

async function openFiles(pid: number | undefined): Promise<Finding | undefined> {
  const limits = await readFile(`/proc/${pid ?? "self"}/limits`, "utf8").catch(() => "");
  const most = Number(/^Max open files\s+(\d+)/m.exec(limits)?.[1]);
  if (Number.isNaN(most)) return undefined; // another system, or another user's process
  const wanted = DEFAULT_LIMITS.connections + OTHER_FILES;
  const text = said.openFiles(pid !== undefined, most);
  if (most >= wanted) return ok(checks.openFiles, text);
  return warning(checks.openFiles, text, said.raise(Math.max(0, most - OTHER_FILES), wanted));
}
