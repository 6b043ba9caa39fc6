/**
 * Decides whether to restart a server that ran as a task, which ends with its window's extension host. It must run again after a reload
 * of the window, but not after the window was closed. The window stores its running server, and at the next start the age of the
 * server's files shows whether it ran a moment ago.
 */
import { statSync } from "node:fs";
import { join } from "node:path";
import type * as vscode from "vscode";

export interface RunningServer {
  readonly definition: vscode.TaskDefinition;
  /** The server's data folder. */
  readonly data: string;
}

const RUNNING = "runningServer";
/** A terminal that ends because VS Code exits must not clear the record: within this time, VS Code has exited. */
const GOES_WITHIN_MS = 5_000;
/** The greatest age of the files of a server that ran until the reload. A server writes to its database every 30 s and when it stops. */
const LOADED_WITHIN_MS = 120_000;

export class ServerOfWindow {
  readonly #memory: vscode.Memento;

  constructor(memory: vscode.Memento) {
    this.#memory = memory;
  }

  /** Stores the running server, until it ends. @param gone resolves once the server has ended */
  remember(server: RunningServer, gone: Promise<void>): void {
    void this.#memory.update(RUNNING, server);
    void gone.then(() => setTimeout(() => this.#forget(server), GOES_WITHIN_MS));
  }

  /** @returns the server that ran in this window until it was reloaded, once */
  interrupted(): RunningServer | undefined {
    const server = this.#memory.get<RunningServer>(RUNNING);
    if (server === undefined) return undefined;
    void this.#memory.update(RUNNING, undefined);
    return Date.now() - lastWritten(server.data) < LOADED_WITHIN_MS ? server : undefined;
  }

  #forget(server: RunningServer): void {
    if (this.#memory.get(RUNNING) === server) void this.#memory.update(RUNNING, undefined);
  }
}

/** @returns Unix time, milliseconds; 0 if there is no database */
function lastWritten(data: string): number {
  const times = ["", "-wal"].map(
    (ending) => statSync(join(data, `parley.sqlite${ending}`), { throwIfNoEntry: false })?.mtimeMs ?? 0,
  );
  return Math.max(...times);
}
