/**
 * The log: events of each connection, with stable reason codes; no message content, no keys, no tokens, and
 * names at level debug only. Lines for people, or JSON lines for programs, on standard error.
 */
import pino, { type Logger } from "pino";
import * as v from "valibot";

export const LOG_LEVELS = ["debug", "info", "warn", "error", "silent"] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

interface LineSink {
  write(line: string): void;
}

export interface LogOptions {
  readonly level: LogLevel;
  readonly json: boolean;
  readonly sink: LineSink;
}

export function createLog({ level, json, sink }: LogOptions): Logger {
  const destination = json ? sink : { write: (line: string) => sink.write(forPeople(line)) };
  // Neither process id nor host name: there is one process, on a machine that the operator knows.
  return pino({ level, base: null, timestamp: pino.stdTimeFunctions.isoTime }, destination);
}

const LogLine = v.looseObject({ level: v.number(), time: v.string(), msg: v.optional(v.string(), "") });

/** Formats a line for people: `12:34:56 warn  bad message reason=bad-record connection=7` */
function forPeople(line: string): string {
  const { level, time, msg, ...rest } = v.parse(LogLine, JSON.parse(line));
  const label = (pino.levels.labels[level] ?? String(level)).padEnd(5);
  const fields = Object.entries(rest).map(
    ([key, value]) => `${key}=${JSON.stringify(value).replace(/^"(\S*)"$/, "$1")}`,
  );
  return `${[time.slice(11, 19), label, msg, ...fields].join(" ")}\n`;
}
