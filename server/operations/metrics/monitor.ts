/**
 * The operator's HTTP port: GET /health and GET /metrics, and nothing else. It changes nothing, reads no
 * body, and refuses clients that ask too often or read too slowly, since strangers may reach even a local
 * port.
 */
import { once } from "node:events";
import type { Server as HttpServer, IncomingMessage, ServerResponse } from "node:http";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { WorkBudget } from "../../gateway/work-budget.ts";
import { words } from "../../words/words.ts";
import type { HealthReport } from "../health.ts";
import { EXPOSITION_TYPE, exposition, type Family } from "./exposition.ts";
import { processFigures } from "./process-figures.ts";

/** Enough for several monitors that each ask every few seconds. */
const CONNECTIONS = 16;
const REQUESTS_PER_SECOND = 10;
const REQUESTS_AT_ONCE = 30;
const MAX_HEADER_BYTES = 4096;
/** A scrape is one small request and answer, but metrics matter most when the machine is overloaded. */
const DEADLINE_MS = 15_000;
const DELAY_RESOLUTION_MS = 20;

export interface MonitorOptions {
  readonly host: string;
  /** 0 picks a free port. */
  readonly port: number;
  readonly version: string;
  /** How long a client may take to send the request and to read the answer. */
  readonly deadlineMs?: number;
  readonly health: () => HealthReport;
  readonly metrics: () => readonly Family[];
}

interface Reply {
  readonly status: number;
  readonly type: string;
  readonly body: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** The running port, made by startMonitor(). */
export interface Monitor {
  readonly port: number;
  close(): Promise<void>;
}

/**
 * Starts listening.
 * @throws Error of `listen()`
 */
export async function startMonitor(options: MonitorOptions): Promise<Monitor> {
  const delay = monitorEventLoopDelay({ resolution: DELAY_RESOLUTION_MS });
  const budget = new WorkBudget(REQUESTS_PER_SECOND, REQUESTS_AT_ONCE, performance.now());
  const metrics = async () => [
    buildInfo(options.version),
    ...options.metrics(),
    ...(await processFigures(delay, DELAY_RESOLUTION_MS)),
  ];
  const deadlineMs = options.deadlineMs ?? DEADLINE_MS;
  const reply = async (request: IncomingMessage): Promise<Reply> => {
    if (request.method !== "GET" && request.method !== "HEAD")
      return { ...text(405, words.metrics.answers.onlyGet), headers: { allow: "GET, HEAD" } };
    const path = request.url?.replace(/\?.*$/s, "");
    if (path !== "/health" && path !== "/metrics") return text(404, words.metrics.answers.notFound);
    const wait = budget.take(1, performance.now());
    if (wait > 0)
      return {
        ...text(429, words.metrics.answers.tooOften),
        headers: { "retry-after": String(Math.ceil(wait / 1000)) },
      };
    return path === "/health"
      ? health(options.health())
      : { status: 200, type: EXPOSITION_TYPE, body: exposition(await metrics()) };
  };
  // Imported only where it is needed: with it Node loads a whole HTTP client, and without it the server
  // starts a fifth faster.
  const { createServer } = await import("node:http");
  const http = createServer(
    {
      maxHeaderSize: MAX_HEADER_BYTES,
      headersTimeout: deadlineMs,
      requestTimeout: deadlineMs,
      connectionsCheckingInterval: deadlineMs / 5,
    },
    (request, response) => {
      reply(request).then(
        (made) => answer(response, made),
        () => answer(response, text(500, words.metrics.answers.fault)),
      );
    },
  );
  http.maxConnections = CONNECTIONS;
  http.setTimeout(deadlineMs, (socket) => socket.destroy());
  http.on("checkContinue", (_request, response: ServerResponse) =>
    answer(response, text(405, words.metrics.answers.onlyGet)),
  );
  http.listen(options.port, options.host);
  await once(http, "listening");
  delay.enable();
  return {
    port: portOf(http),
    async close() {
      delay.disable();
      http.close();
      http.closeAllConnections();
      if (http.listening) await once(http, "close");
    },
  };
}

function health(report: HealthReport): Reply {
  const status = report.status === "ok" ? 200 : 503;
  return { status, type: "application/json", body: `${JSON.stringify(report)}\n` };
}

function buildInfo(version: string): Family {
  const labels = { version, node: process.version };
  return { name: "parley_build_info", type: "gauge", help: "1", samples: [{ labels, value: 1 }] };
}

function text(status: number, body: string): Reply {
  return { status, type: "text/plain; charset=utf-8", body: `${body}\n` };
}

/** Sends one answer and closes: connections are not reused. */
function answer(response: ServerResponse, { status, type, body, headers = {} }: Reply): void {
  response.writeHead(status, {
    "content-type": type,
    "content-length": Buffer.byteLength(body),
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    connection: "close",
    ...headers,
  });
  response.end(body);
}

function portOf(http: HttpServer): number {
  const address = http.address();
  return typeof address === "object" && address !== null ? address.port : 0;
}
