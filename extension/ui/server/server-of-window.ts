/**
 * A server that runs as a task ends with the extension host of its window. After a reload, though not after a close, it is to run again:
 * the window remembers its running server, and after the start the age of the server's files tells whether it ran a moment ago.
 */
import { statSync } from "node:fs";
import { join } from "node:path";
import type * as vscode from "vscode";

export interface RunningServer {
  readonly definition: vscode.TaskDefinition;
  /** Its folder. */
  readonly data: string;
}

const RUNNING = "runningServer";
/** An editor closes its terminals as it exits, and is gone by then. */
const GOES_WITHIN_MS = 5_000;
/** A running server writes to its database each half minute, and once more as it stops. */
const LOADED_WITHIN_MS = 120_000;

export class ServerOfWindow {
  readonly #memory: vscode.Memento;

  constructor(memory: vscode.Memento) {
    this.#memory = memory;
  }

  /** @param gone resolves once the server has ended */
  remember(server: RunningServer, gone: Promise<void>): void {
    void this.#memory.update(RUNNING, server);
    void gone.then(() => setTimeout(() => this.#forget(server), GOES_WITHIN_MS));
  }

  /** @returns the server that ran here until the window was reloaded */
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

/** @returns Unix milliseconds; 0 where there is no database */
function lastWritten(data: string): number {
  const times = ["", "-wal"].map(
    (ending) => statSync(join(data, `parley.sqlite${ending}`), { throwIfNoEntry: false })?.mtimeMs ?? 0,
  );
  return Math.max(...times);
}
