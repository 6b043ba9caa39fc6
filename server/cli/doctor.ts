/** `parley-server doctor`: checks everything a server needs, whether it runs or not, and suggests fixes. */

import { rememberedReach } from "../membership/invitation.ts";
import { isDataFolderLocked } from "../operations/data-folder.ts";
import { examineAuthority } from "../operations/doctor/authority.ts";
import { examineClock } from "../operations/doctor/clock.ts";
import { examineDatabase } from "../operations/doctor/database.ts";
import type { Finding } from "../operations/doctor/finding.ts";
import { examineFolder } from "../operations/doctor/folder.ts";
import { examineReach } from "../operations/doctor/reach.ts";
import { examineRuntime } from "../operations/doctor/runtime.ts";
import { lastRun } from "../operations/last-run.ts";
import { words } from "../words/words.ts";
import type { Output } from "./output.ts";

/**
 * Runs all checks.
 * @returns the exit code: 1 if there is a problem; 0 for warnings only
 */
export async function doctor({ data }: { readonly data: string }, output: Output): Promise<number> {
  const findings = await examine(data);
  const problems = findings.filter(({ level }) => level === "problem").length;
  const warnings = findings.filter(({ level }) => level === "warning").length;
  const lines = findings.map(line);
  const { well, found } = words.doctor.sum;
  const sum = problems + warnings === 0 ? well : found(problems, warnings);
  output.say({ event: "doctor", problems, warnings, findings }, [...lines, "", sum].join("\n"));
  return problems > 0 ? 1 : 0;
}

async function examine(data: string): Promise<Finding[]> {
  const now = new Date();
  const { folder, findings } = await examineFolder(data);
  if (folder === undefined) return [...(await examineRuntime(process.version, undefined)), ...findings];
  const { facts, findings: ofDatabase } = examineDatabase(folder);
  const running = isDataFolderLocked(folder);
  const run = facts && lastRun(facts.settings);
  const reach = facts && rememberedReach(facts);
  const { chain, findings: ofAuthority } = await examineAuthority(folder, reach, now);
  return [
    ...(await examineRuntime(process.version, running ? run?.pid : undefined)),
    ...findings,
    ...ofDatabase,
    ...(await examineClock(folder, facts, run, running, now.getTime())),
    ...ofAuthority,
    ...(await examineReach(running, run, reach, chain)),
  ];
}

function line({ check, level, text, advice }: Finding): string {
  const first = `${level.padEnd(8)} ${check.padEnd(18)} ${text}`;
  return advice === undefined ? first : `${first}\n${" ".repeat(28)}${advice}`;
}
