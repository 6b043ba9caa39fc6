/** `parley-server`: runs until it is told to stop. */

import { type Addresses, addressesFor } from "../addresses.ts";
import { type Authority, openAuthority } from "../authority/authority.ts";
import { lockDataFolder, openDataFolder } from "../data-folder.ts";
import { newInvite, type Reach, rememberReach } from "../invitation.ts";
import { DEFAULT_LIMITS } from "../limits.ts";
import { createLog, type LogLevel } from "../log.ts";
import type { Server } from "../server.ts";
import { startServer } from "../server.ts";
import { openStore } from "../store/sqlite.ts";
import type { Store } from "../store/store.ts";
import type { Output } from "./output.ts";

export interface ServeOptions {
  readonly data: string;
  readonly host: string;
  readonly port: number;
  readonly address: readonly string[];
  readonly memberInvites: boolean;
  readonly log: LogLevel;
  readonly version: string;
}

const FIRST_INVITE_MS = 7 * 24 * 3600 * 1000;

/** Resolves once the server has stopped. @throws OperatorError, AuthorityError */
export async function serve(options: ServeOptions, output: Output): Promise<void> {
  output.say({ event: "starting" }, "Parley server starting");
  const stopAsked = stopSignal();
  const addresses = addressesFor(options.host, options.address);
  const folder = await openDataFolder(options.data, { create: true });
  const unlock = lockDataFolder(folder);
  try {
    const store = openStore(folder.database, DEFAULT_LIMITS);
    try {
      const authority = await openAuthority(folder.authority, { names: addresses.names });
      const server = await start(options, addresses, store, authority, output.json);
      try {
        await announce(options, addresses, folder.path, store, authority, server, output);
        await stopAsked;
        output.say({ event: "stopping" }, "Parley server stopping");
      } finally {
        await server.stop();
      }
    } finally {
      store.close();
    }
  } finally {
    unlock();
  }
  output.say({ event: "stopped" }, "Parley server stopped");
}

/** Resolves at the first request to stop (SIGHUP: the terminal was closed); a second one ends the process at once. */
function stopSignal(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) process.once(signal, () => resolve());
  });
}

function start(
  options: ServeOptions,
  addresses: Addresses,
  store: Store,
  authority: Authority,
  json: boolean,
): Promise<Server> {
  return startServer({
    host: options.host,
    port: options.port,
    store,
    authority,
    reach: (port) => reachOf(addresses, authority, port),
    limits: DEFAULT_LIMITS,
    log: createLog({ level: options.log, json, sink: process.stderr }),
    memberInvites: options.memberInvites,
    software: `parley-server/${options.version}`,
  });
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
  output: Output,
): Promise<void> {
  const reach = reachOf(addresses, authority, server.port);
  rememberReach(store, reach, addresses.names);
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
  };
  const lines = [
    `Parley server listening on ${host.includes(":") ? `[${host}]` : host}:${server.port}`,
    `  data folder     ${dataDir}`,
    `  CA fingerprint  ${caFingerprint}`,
    ...(invite === undefined
      ? []
      : [
          "",
          "  Nobody has joined yet. This invite is for one person, for 7 days:",
          "",
          `    ${invite.link}`,
          "",
          "  For more people run: parley-server invite",
        ]),
  ];
  output.say(invite === undefined ? event : { ...event, invite }, lines.join("\n"));
}

/** As long as nobody has joined, each start gives a fresh one: only its hash is kept, so the last cannot be shown again. */
function firstInvite(store: Store, reach: Reach): { link: string; expiresAt: string } {
  const expiresAt = Date.now() + FIRST_INVITE_MS;
  return {
    link: newInvite(store, reach, { uses: 1, expiresAt }),
    expiresAt: new Date(expiresAt).toISOString(),
  };
}
