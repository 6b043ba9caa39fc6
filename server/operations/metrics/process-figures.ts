/** The process's use of the machine, under the names that Prometheus clients share, so that ready dashboards fit. */
import { readdir, readFile } from "node:fs/promises";
import type { Family } from "./exposition.ts";

/** The part of node:perf_hooks' histogram that is read; nanoseconds. */
export interface DelayHistogram {
  readonly max: number;
  percentile(percentile: number): number;
  reset(): void;
}

/**
 * @param delay of the event loop; reset, so that each scrape sees the delays since the last
 * @param resolutionMs how often it looks, which the delays it tells contain
 */
export async function processFigures(delay: DelayHistogram, resolutionMs: number): Promise<Family[]> {
  const cpu = process.cpuUsage();
  const memory = process.memoryUsage();
  const open = await openFiles();
  const most = await mostFiles();
  const lag = (nanoseconds: number) => Math.max(0, (nanoseconds || 0) / 1e9 - resolutionMs / 1000);
  const [p50, p99, max] = [lag(delay.percentile(50)), lag(delay.percentile(99)), lag(delay.max)];
  delay.reset();
  const figures: [name: string, type: "counter" | "gauge", help: string, value: number | undefined][] = [
    ["process_cpu_seconds_total", "counter", "User and system CPU time", (cpu.user + cpu.system) / 1e6],
    [
      "process_start_time_seconds",
      "gauge",
      "When it started, Unix seconds",
      Date.now() / 1000 - process.uptime(),
    ],
    ["process_resident_memory_bytes", "gauge", "Memory in RAM", memory.rss],
    ["process_open_fds", "gauge", "Open files and sockets", open],
    ["process_max_fds", "gauge", "How many may be open", most],
    ["nodejs_heap_size_total_bytes", "gauge", "JavaScript heap", memory.heapTotal],
    ["nodejs_heap_size_used_bytes", "gauge", "JavaScript heap in use", memory.heapUsed],
    ["nodejs_external_memory_bytes", "gauge", "Buffers and the like outside the heap", memory.external],
    [
      "nodejs_eventloop_lag_p50_seconds",
      "gauge",
      "How late the event loop was since the last scrape, median",
      p50,
    ],
    ["nodejs_eventloop_lag_p99_seconds", "gauge", "The same, 99th percentile", p99],
    ["nodejs_eventloop_lag_max_seconds", "gauge", "The same, the worst", max],
  ];
  return figures.flatMap(([name, type, help, value]) =>
    value === undefined || !Number.isFinite(value) ? [] : [{ name, type, help, samples: [{ value }] }],
  );
}

/** @returns undefined where the system does not tell; only Linux does. */
async function openFiles(): Promise<number | undefined> {
  return (await readdir("/proc/self/fd").catch(() => undefined))?.length;
}

async function mostFiles(): Promise<number | undefined> {
  const limits = await readFile("/proc/self/limits", "utf8").catch(() => "");
  const soft = /^Max open files\s+(\d+)/m.exec(limits)?.[1];
  return soft === undefined ? undefined : Number(soft);
}
