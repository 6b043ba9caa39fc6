/** The server's surroundings: Node, and the limits that the system sets. */
import { readFile } from "node:fs/promises";
import { nativeKem } from "../../../protocol/channel/kem.ts";
import { DEFAULT_LIMITS } from "../../limits.ts";
import { type Finding, ok, problem, warning } from "./finding.ts";

const OLDEST: readonly [major: number, minor: number] = [22, 15];
/** Beside connections: database, log, standard streams. */
const OTHER_FILES = 64;

/** @param version as `process.version`. @param pid of the running server; without one, the limits of a server started here */
export async function examineRuntime(version: string, pid: number | undefined): Promise<Finding[]> {
  return [nodeVersion(version), mlKem(), await openFiles(pid)].filter((one) => one !== undefined);
}

function nodeVersion(version: string): Finding {
  const [major = 0, minor = 0] = version.replace("v", "").split(".").map(Number);
  const recent = major > OLDEST[0] || (major === OLDEST[0] && minor >= OLDEST[1]);
  if (recent) return ok("Node", version);
  return problem("Node", `${version} is too old`, `Install Node ${OLDEST.join(".")} or newer.`);
}

function mlKem(): Finding {
  if (nativeKem !== undefined) return ok("ML-KEM", "Node has its own");
  return warning(
    "ML-KEM",
    "This Node has none of its own, so that each sign-in costs a few milliseconds of JavaScript",
    "It is as safe. Where hundreds come at once, take a Node that has it: 24.7 or newer.",
  );
}

async function openFiles(pid: number | undefined): Promise<Finding | undefined> {
  const limits = await readFile(`/proc/${pid ?? "self"}/limits`, "utf8").catch(() => "");
  const most = Number(/^Max open files\s+(\d+)/m.exec(limits)?.[1]);
  if (Number.isNaN(most)) return undefined; // another system, or another user's process
  const wanted = DEFAULT_LIMITS.connections + OTHER_FILES;
  const whose = pid === undefined ? "a server started here" : "the running server";
  const text = `${whose} may have ${most} files and connections open`;
  if (most >= wanted) return ok("open files", text);
  return warning(
    "open files",
    text,
    `For more than ${Math.max(0, most - OTHER_FILES)} people raise it to ${wanted}: LimitNOFILE= in a systemd unit, or ulimit -n.`,
  );
}
