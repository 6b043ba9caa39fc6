/** Checks whether the machine's clock can be right: nothing stored can be later than now. */
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { words } from "../../words/words.ts";
import type { DataFolder } from "../data-folder.ts";
import { DAY_MS } from "../duration.ts";
import type { LastRun } from "../last-run.ts";
import { timeText } from "../time-text.ts";
import type { DatabaseFacts } from "./database.ts";
import { type Finding, ok, problem, warning } from "./finding.ts";

/** Allowed difference between times that one machine recorded. */
const SLACK_MS = 2 * 60_000;
/**
 * The age that means that the server was off for long, or that the clock was set forward; longer than a
 * revocation list is valid.
 */
const LONG_DAYS = 30;
/** A running server writes every half minute. */
const SILENT_MS = 5 * 60_000;
const { clock: said, checks } = words.doctor;

export async function examineClock(
  folder: DataFolder,
  facts: DatabaseFacts | undefined,
  run: LastRun | undefined,
  running: boolean,
  now: number,
): Promise<Finding[]> {
  const written: [what: string, at: number][] = [
    [said.newestRow, facts?.newestAt ?? 0],
    [said.lastSign, run?.aliveAt ?? 0],
    [said.caFile, await changedAt(join(folder.authority, "ca.pem"))],
    [said.certificateFile, await changedAt(join(folder.authority, "server.pem"))],
    [said.databaseFile, await changedAt(folder.database)],
  ];
  const late = written.filter(([, at]) => at > now + SLACK_MS);
  if (late.length > 0) {
    const [what, at] = late.reduce((one, other) => (other[1] > one[1] ? other : one));
    return [problem(checks.clock, said.behind(time(now), what, time(at)), said.setClock)];
  }
  if (run === undefined) return [ok(checks.clock, time(now))];
  const silentMs = now - run.aliveAt;
  if (running && silentMs > SILENT_MS)
    return [problem(checks.clock, said.silent(time(run.aliveAt)), said.aboutSilent)];
  if (silentMs > LONG_DAYS * DAY_MS)
    return [warning(checks.clock, said.longAgo(time(now), time(run.aliveAt)), said.aboutLongAgo)];
  return [ok(checks.clock, time(now))];
}

async function changedAt(path: string): Promise<number> {
  return (await stat(path).catch(() => undefined))?.mtimeMs ?? 0;
}

function time(at: number): string {
  return timeText(at);
}
