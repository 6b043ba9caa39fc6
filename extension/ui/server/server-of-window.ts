/**
 * A server that runs as a task ends with the extension host of its window. Where the window was not closed but loaded anew, it is to go
 * on: the window remembers what runs, and who finds that at their start knows by the server's files whether that was a moment ago.
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
/** An editor closes its terminals as it goes, and is gone by then. */
const GOES_WITHIN_MS = 5_000;
/** A server writes a sign of life every half minute, and its database as it stops. */
const LOADED_WITHIN_MS = 120_000;

export class ServerOfWindow {
  readonly #memory: vscode.Memento;

  constructor(memory: vscode.Memento) {
    this.#memory = memory;
  }

  /** @param gone resolves once it runs no more */
  remember(server: RunningServer, gone: Promise<void>): void {
    void this.#memory.update(RUNNING, server);
    void gone.then(() => setTimeout(() => this.#forget(server), GOES_WITHIN_MS));
  }

  /** @returns the server that ran here until the window was loaded anew */
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
