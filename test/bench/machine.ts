/** The machine that is measured on, and the system's figures about a process on it. */
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { cpus, loadavg, platform, release, totalmem } from "node:os";

export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGiB: number;
  readonly system: string;
  readonly node: string;
  /** Other load: the mean of the last minute when the bench began. */
  readonly load: number;
}

export function thisMachine(): Machine {
  return {
    cpu: cpus()[0]?.model ?? "unknown",
    cores: cpus().length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    system: `${platform()} ${release()}`,
    node: process.version,
    load: Math.round((loadavg()[0] ?? 0) * 100) / 100,
  };
}

/**
 * Pins a process to one core, so that the measured process does not compete with its load. Does nothing
 * without taskset.
 */
export function pin(pid: number, core: number): void {
  if (cpus().length < 2) return;
  try {
    execFileSync("taskset", ["-a", "-c", "-p", String(core), String(pid)], { stdio: "ignore" });
  } catch {
    // The figures are still useful; the table names the machine.
  }
}

/**
 * Gives a process real-time priority if PARLEY_BENCH_REALTIME=1 is set and permitted, for a machine with
 * other load: no other program runs while this one wants to.
 */
export function moreUrgent(pid: number): void {
  if (process.env["PARLEY_BENCH_REALTIME"] !== "1") return;
  execFileSync("chrt", ["-a", "-r", "-p", "10", String(pid)], { stdio: "ignore" });
}

/** Returns milliseconds of CPU, user and system, of all threads of a process; NaN off Linux. */
export function cpuMs(pid: number): number {
  try {
    let nanoseconds = 0;
    for (const thread of readdirSync(`/proc/${pid}/task`)) {
      const [ran] = readFileSync(`/proc/${pid}/task/${thread}/schedstat`, "ascii").split(" ");
      nanoseconds += Number(ran);
    }
    return nanoseconds / 1e6;
  } catch {
    return Number.NaN;
  }
}

/** Returns bytes of memory that a process holds; NaN off Linux. */
export function residentBytes(pid: number): number {
  try {
    const pages = readFileSync(`/proc/${pid}/statm`, "ascii").split(" ")[1];
    return Number(pages) * 4096;
  } catch {
    return Number.NaN;
  }
}
