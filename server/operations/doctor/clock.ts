/** Whether the machine's clock can be right: nothing that was written can be later than now. */
import { stat } from "node:fs/promises";
import { join } from "node:path";
import type { DataFolder } from "../data-folder.ts";
import type { LastRun } from "../last-run.ts";
import { timeText } from "../time-text.ts";
import type { DatabaseFacts } from "./database.ts";
import { type Finding, ok, problem, warning } from "./finding.ts";

/** Two clocks of one machine's life may differ by this. */
const SLACK_MS = 2 * 60_000;
const DAY_MS = 24 * 3600 * 1000;
/** The revocation list's life: a server that was away for longer, or a clock that was set forward. */
const LONG_DAYS = 30;
/** A running server writes every half minute. */
const SILENT_MS = 5 * 60_000;
const ADVICE =
  "Set the clock, and keep it set: timedatectl set-ntp true. Certificates and invites depend on it.";

export async function examineClock(
  folder: DataFolder,
  facts: DatabaseFacts | undefined,
  run: LastRun | undefined,
  running: boolean,
  now: number,
): Promise<Finding[]> {
  const written: [what: string, at: number][] = [
    ["the newest row of the database", facts?.newestAt ?? 0],
    ["the last sign of life of a server here", run?.aliveAt ?? 0],
    ["the CA's file", await changedAt(join(folder.authority, "ca.pem"))],
    ["the certificate's file", await changedAt(join(folder.authority, "server.pem"))],
    ["the database's file", await changedAt(folder.database)],
  ];
  const late = written.filter(([, at]) => at > now + SLACK_MS);
  if (late.length > 0) {
    const [what, at] = late.reduce((one, other) => (other[1] > one[1] ? other : one));
    return [
      problem(
        "clock",
        `It is ${time(now)} by the clock, but ${what} is from ${time(at)}: the clock is behind, or was ahead before`,
        ADVICE,
      ),
    ];
  }
  if (run === undefined) return [ok("clock", time(now))];
  const silentMs = now - run.aliveAt;
  if (running && silentMs > SILENT_MS)
    return [
      problem(
        "clock",
        `A server runs here but could not write anything since ${time(run.aliveAt)}`,
        "See its log and /health: a full disk, a failing one, or a clock that jumped. Restart it once that is mended.",
      ),
    ];
  if (silentMs > LONG_DAYS * DAY_MS)
    return [
      warning(
        "clock",
        `It is ${time(now)} by the clock; the last server here was alive ${time(run.aliveAt)}`,
        `If it was not off for that long, the clock is ahead. ${ADVICE}`,
      ),
    ];
  return [ok("clock", time(now))];
}

async function changedAt(path: string): Promise<number> {
  return (await stat(path).catch(() => undefined))?.mtimeMs ?? 0;
}

function time(at: number): string {
  return timeText(at);
}
