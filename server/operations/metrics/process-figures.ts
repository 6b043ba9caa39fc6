/**
 * The process's use of the machine, under the names that Prometheus clients share, so that existing
 * dashboards work.
 */
import { readdir, readFile } from "node:fs/promises";
import { type ProcessMetric, processHelp } from "../../words/metrics.ts";
import type { Family } from "./exposition.ts";

/** The part of node:perf_hooks' histogram that is used; nanoseconds. */
export interface DelayHistogram {
  readonly max: number;
  percentile(percentile: number): number;
  reset(): void;
}

/**
 * Returns the figures.
 * @param delay of the event loop; reset, so that each scrape sees the delays since the last one
 * @param resolutionMs its sampling interval, which is included in the measured delays
 */
export async function processFigures(delay: DelayHistogram, resolutionMs: number): Promise<Family[]> {
  const cpu = process.cpuUsage();
  const memory = process.memoryUsage();
  const open = await openFiles();
  const most = await mostFiles();
  const lag = (nanoseconds: number) => Math.max(0, (nanoseconds || 0) / 1e9 - resolutionMs / 1000);
  const [p50, p99, max] = [lag(delay.percentile(50)), lag(delay.percentile(99)), lag(delay.max)];
  delay.reset();
  const figures: [name: ProcessMetric, type: "counter" | "gauge", value: number | undefined][] = [
    ["process_cpu_seconds_total", "counter", (cpu.user + cpu.system) / 1e6],
    ["process_start_time_seconds", "gauge", Date.now() / 1000 - process.uptime()],
    ["process_resident_memory_bytes", "gauge", memory.rss],
    ["process_open_fds", "gauge", open],
    ["process_max_fds", "gauge", most],
    ["nodejs_heap_size_total_bytes", "gauge", memory.heapTotal],
    ["nodejs_heap_size_used_bytes", "gauge", memory.heapUsed],
    ["nodejs_external_memory_bytes", "gauge", memory.external],
    ["nodejs_eventloop_lag_p50_seconds", "gauge", p50],
    ["nodejs_eventloop_lag_p99_seconds", "gauge", p99],
    ["nodejs_eventloop_lag_max_seconds", "gauge", max],
  ];
  return figures.flatMap(([name, type, value]) =>
    value === undefined || !Number.isFinite(value)
      ? []
      : [{ name, type, help: processHelp[name], samples: [{ value }] }],
  );
}

/** Returns the number of open files, or undefined if the system does not provide it; only Linux does. */
async function openFiles(): Promise<number | undefined> {
  return (await readdir("/proc/self/fd").catch(() => undefined))?.length;
}

async function mostFiles(): Promise<number | undefined> {
  const limits = await readFile("/proc/self/limits", "utf8").catch(() => "");
  const soft = /^Max open files\s+(\d+)/m.exec(limits)?.[1];
  return soft === undefined ? undefined : Number(soft);
}
