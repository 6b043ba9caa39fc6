/** Runs one mocha on node.exe in its own Wine prefix, and reads its results. */
import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { Windows } from "./wine.ts";

const LIMITS = "./scripts/windows/time-limit.ts";
const LOGS = join(".cache", "windows");
const RUN_LIMIT_MS = 20 * 60_000;

interface Test {
  readonly fullTitle: string;
  readonly err: { readonly message?: string; readonly stack?: string };
}

interface Report {
  readonly passes: readonly Test[];
  readonly failures: readonly Test[];
  readonly pending: readonly Test[];
}

export interface Outcome extends Report {
  readonly name: string;
  readonly seconds: number;
  /** Its last lines of output, if it ended without a report. */
  readonly crash?: string;
}

/**
 * Runs the tests.
 * @param name for the log and for display
 * @param files relative to the project
 */
export async function runOnWindows(
  windows: Windows,
  name: string,
  files: readonly string[],
): Promise<Outcome> {
  mkdirSync(LOGS, { recursive: true });
  const base = join(LOGS, name.replaceAll("/", "_"));
  const report = `${base}.json`;
  rmSync(report, { force: true });
  const started = performance.now();
  const options = ["--no-color", "--reporter", "json", "--reporter-option", `output=${report}`];
  const code = await windows.node(
    ["node_modules/mocha/bin/mocha.js", "--require", LIMITS, ...options, ...files],
    `${base}.log`,
    RUN_LIMIT_MS,
  );
  const seconds = (performance.now() - started) / 1000;
  if (existsSync(report)) {
    const { passes, failures, pending } = JSON.parse(readFileSync(report, "utf8")) as Report;
    return { name, seconds, passes, failures, pending };
  }
  const said = readFileSync(`${base}.log`, "utf8").trim().split("\n").slice(-12).join("\n");
  const ended =
    code === null ? `did not end within ${RUN_LIMIT_MS / 60_000} minutes` : `ended with code ${code}`;
  return { name, seconds, passes: [], failures: [], pending: [], crash: `${ended}\n${said}` };
}

export function isGood({ failures, crash, passes, pending }: Outcome): boolean {
  return failures.length === 0 && crash === undefined && passes.length + pending.length > 0;
}
