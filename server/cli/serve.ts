/** `parley-server`: runs until it is stopped. */

import { resolve } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import type { Logger } from "pino";
import { type Authority, openAuthority } from "../authority/authority.ts";
import { BlobFiles } from "../blobs/blob-files.ts";
import { type Addresses, addressesFor } from "../gateway/addresses.ts";
import { type AddressRange, rangeText } from "../gateway/proxy/trusted.ts";
import type { ServerLimits } from "../limits.ts";
import { newInvite, type Reach, rememberReach } from "../membership/invitation.ts";
import {
  type DataFolder,
  defaultDataFolder,
  lockDataFolder,
  openDataFolder,
} from "../operations/data-folder.ts";
import { DAY_MS } from "../operations/duration.ts";
import { rememberRun } from "../operations/last-run.ts";
import { listenError } from "../operations/listen-error.ts";
import { createLog, type LogLevel } from "../operations/log.ts";
import { type Monitor, startMonitor } from "../operations/metrics/monitor.ts";
import { OperatorError } from "../operations/operator-error.ts";
import { beginRun, type Run } from "../operations/runs.ts";
import { groupedHex } from "../operations/time-text.ts";
import type { Server } from "../server.ts";
import { startServer } from "../server.ts";
import { requireNode } from "../store/database.ts";
import { openStore } from "../store/sqlite.ts";
import type { Store } from "../store/store.ts";
import { words } from "../words/words.ts";
import { isInEditor } from "./in-editor.ts";
import { loopbackNotice, moreInvites } from "./invite-words.ts";
import type { Output } from "./output.ts";
import { endOfInput, stopSignal } from "./stop-asked.ts";

export interface ServeOptions {
  readonly data: string;
  readonly host: string;
  readonly port: number;
  readonly address: readonly string[];
  readonly memberInvites: boolean;
  readonly proxyFrom: readonly AddressRange[];
  readonly limit: ServerLimits;
  /** The port for health and metrics; absent: none. */
  readonly metricsPort?: number;
  readonly metricsHost: string;
  readonly log: LogLevel;
  readonly stopAtEndOfInput?: boolean;
  readonly version: string;
}

const FIRST_INVITE_MS = 7 * DAY_MS;

/**
 * Runs the server. Resolves once it has stopped.
 * @throws OperatorError, AuthorityError
 */
export async function serve(options: ServeOptions, output: Output): Promise<void> {
  requireNode(); // Before a data folder is created.
  output.say({ event: "starting" }, words.commandLine.serving.starting);
  const stopAsked =
    options.stopAtEndOfInput === true ? Promise.race([stopSignal(), endOfInput()]) : stopSignal();
  const addresses = addressesFor(options.host, options.address);
  const folder = await openDataFolder(options.data, { create: true });
  const unlock = lock(folder, output);
  if (unlock === undefined) return;
  try {
    const store = openStore(folder.database, options.limit);
    const serving = new AbortController();
    try {
      const run = beginRun(store.settings);
      const request = stopRequest(run, options.limit.watchMs, serving.signal);
      const authority = await openAuthority(folder.authority, { names: addresses.names });
      await authority.reissueList(new Date());
      const log = createLog({ level: options.log, json: output.json, sink: process.stderr });
      const blobFiles = new BlobFiles(folder.blobs);
      const server = await start(options, addresses, store, run, blobFiles, authority, log);
      let monitor: Awaited<ReturnType<typeof watched>>;
      try {
        monitor = await watched(options, server);
        await announce(options, addresses, folder.path, store, authority, server, monitor, output);
        // Standard output may not be stored, e.g. under systemd; so the log also records a successful start.
        log.info(
          { host: options.host, port: server.port, version: options.version },
          words.log.own.listening,
        );
        store.waitForOthers(0);
        await Promise.race([stopAsked, request]);
        output.say({ event: "stopping" }, words.commandLine.serving.stopping);
      } finally {
        await server.stop();
        await monitor?.close();
      }
      run.end();
    } finally {
      serving.abort();
      store.close();
    }
  } finally {
    unlock();
  }
  output.say({ event: "stopped" }, words.commandLine.serving.stopped);
}

/**
 * Resolves once `parley-server stop` has asked for it, or when `signal` aborts because the answer no longer
 * matters.
 */
async function stopRequest(run: Run, everyMs: number, signal: AbortSignal): Promise<void> {
  while (!signal.aborted && !run.isAskedToStop) await pause(everyMs, undefined, { signal }).catch(() => {});
}

/**
 * Locks the data folder.
 * @returns undefined if a server already runs on it and the editor started this one: after a reload the
 * editor runs its tasks again, even if the server now runs in another task.
 * @throws OperatorError
 */
function lock(folder: DataFolder, output: Output): (() => void) | undefined {
  try {
    return lockDataFolder(folder);
  } catch (error) {
    const locked = error instanceof OperatorError && error.code === "data-folder-locked";
    if (!locked || !isInEditor(process.env)) throw error;
    output.say(
      { event: "already-running", dataDir: folder.path },
      words.commandLine.serving.alreadyRunning(folder.path),
    );
    return undefined;
  }
}

function start(
  options: ServeOptions,
  addresses: Addresses,
  store: Store,
  run: Run,
  blobFiles: BlobFiles,
  authority: Authority,
  log: Logger,
): Promise<Server> {
  return startServer({
    host: options.host,
    port: options.port,
    store,
    run,
    blobFiles,
    authority,
    reach: (port) => reachOf(addresses, authority, port),
    limits: options.limit,
    log,
    memberInvites: options.memberInvites,
    proxyFrom: options.proxyFrom,
    software: `parley-server/${options.version}`,
  });
}

async function watched(options: ServeOptions, server: Server): Promise<Monitor | undefined> {
  const { metricsHost: host, metricsPort: port, version } = options;
  if (port === undefined) return undefined;
  const health = () => server.health();
  const metrics = () => server.metrics();
  try {
    return await startMonitor({ host, port, version, health, metrics });
  } catch (error) {
    await server.stop();
    throw listenError(error, host, port, { host: "--metrics-host", port: "--metrics-port" });
  }
}

function reachOf(addresses: Addresses, authority: Authority, port: number): Reach {
  return { host: addresses.host, port: addresses.port ?? port, caFingerprint: authority.caFingerprint };
}

async function announce(
  options: ServeOptions,
  addresses: Addresses,
  dataDir: string,
  store: Store,
  authority: Authority,
  server: Server,
  monitor: Monitor | undefined,
  output: Output,
): Promise<void> {
  const reach = reachOf(addresses, authority, server.port);
  rememberReach(store, reach, addresses.names);
  rememberRun(store, { host: options.host, port: server.port, proxyFrom: options.proxyFrom });
  const invite = store.directory.list().length === 0 ? firstInvite(store, reach) : undefined;
  await store.committed();
  const { host } = options;
  const caFingerprint = Buffer.from(reach.caFingerprint).toString("hex");
  const event = {
    event: "listening",
    host,
    port: server.port,
    address: `${reach.host}:${reach.port}`,
    dataDir,
    caFingerprint,
    ...(monitor === undefined ? {} : { metricsPort: monitor.port }),
  };
  const said = words.commandLine.serving;
  const lines = [
    said.listening(`${bracketed(host)}:${server.port}`),
    said.dataFolder(dataDir),
    said.caFingerprint(groupedHex(reach.caFingerprint)),
    ...(options.proxyFrom.length === 0
      ? []
      : [said.proxyHeaders(options.proxyFrom.map(rangeText).join(", "))]),
    ...(monitor === undefined ? [] : [said.metrics(`${bracketed(options.metricsHost)}:${monitor.port}`)]),
    ...(invite === undefined
      ? []
      : [
          "",
          `  ${said.firstInvite}`,
          "",
          `    ${invite.link}`,
          "",
          ...loopbackNotice(reach.host, process).map((line) => `  ${line}`),
          `  ${moreInvites(process, dataDir === resolve(usualData()) ? undefined : dataDir)}`,
        ]),
  ];
  output.say(invite === undefined ? event : { ...event, invite }, lines.join("\n"));
}

function usualData(): string {
  return defaultDataFolder(process.env, process.platform);
}

function bracketed(host: string): string {
  return host.includes(":") ? `[${host}]` : host;
}

/**
 * Creates an invite at each start until somebody has joined: only its hash is stored, so the last one cannot
 * be shown again.
 */
function firstInvite(store: Store, reach: Reach): { link: string; expiresAt: string } {
  const expiresAt = Date.now() + FIRST_INVITE_MS;
  return {
    link: newInvite(store, reach, { uses: 1, expiresAt }),
    expiresAt: new Date(expiresAt).toISOString(),
  };
}
