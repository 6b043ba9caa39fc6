/**
 * Accepts the followers' connections in the leader, and keeps the leader's socket and endpoint file in place: systems remove files that
 * nobody has touched for days, in use or not, and a disk may be full for a while. Every few seconds it checks both, and makes a missing
 * one anew.
 */
import { rmSync, statSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import type { MessengerLog } from "../model.ts";
import { readEndpoint, writeEndpoint } from "./endpoint-file.ts";
import { VERSION } from "./pipe-messages.ts";
import { pipePaths, preparePipe } from "./pipe-path.ts";

/** More windows than anybody has; a process that keeps connecting gets no more. */
const MAX_CONNECTIONS = 100;
/** Shorter than a new window's patience (election.ts). */
const LOOK_MS = 3_000;

export interface PipeServerOptions {
  /** The messenger's own. */
  readonly directory: string;
  readonly token: Uint8Array;
  readonly log: MessengerLog;
  readonly welcome: (socket: Socket) => void;
  /** Milliseconds between two checks. Left out: LOOK_MS. */
  readonly lookMs?: number;
}

interface Listening {
  readonly server: Server;
  readonly pipe: string;
  /** Inode of the socket's file when it was made; another one by now means that the file was replaced. */
  readonly inode: number | undefined;
}

export class PipeServer {
  readonly #options: PipeServerOptions;
  #listening: Listening | undefined;
  #watch: NodeJS.Timeout | undefined;
  #isLooking = false;
  #closed = false;
  /** Warnings logged since the last check that found no fault: each is logged once. */
  readonly #warned = new Set<string>();

  constructor(options: PipeServerOptions) {
    this.#options = options;
  }

  /** Listens. A leader that cannot listen yet still works: the other windows wait. */
  async open(): Promise<void> {
    await this.#look();
    const { lookMs = LOOK_MS } = this.#options;
    if (!this.#closed) this.#watch = setInterval(() => void this.#look(), lookMs).unref();
  }

  /** Stops accepting connections, and removes the socket's file, which the next leader makes anew. Open connections stay. */
  close(): void {
    this.#closed = true;
    clearInterval(this.#watch);
    this.#listening?.server.close();
  }

  async #look(): Promise<void> {
    if (this.#isLooking) return;
    this.#isLooking = true;
    if (this.#listening !== undefined && inodeOf(this.#listening.pipe) !== this.#listening.inode) {
      this.#warn(`The socket ${this.#listening.pipe} is gone: listening anew`);
      this.#listening.server.close();
      this.#listening = undefined;
    }
    this.#listening ??= await this.#listen();
    if (this.#listening !== undefined && !this.#closed && this.#publish(this.#listening.pipe))
      this.#warned.clear();
    this.#isLooking = false;
  }

  async #listen(): Promise<Listening | undefined> {
    const { directory, welcome } = this.#options;
    for (const pipe of pipePaths(directory)) {
      if (this.#closed) return undefined;
      const server = createServer(welcome);
      server.maxConnections = MAX_CONNECTIONS;
      try {
        preparePipe(pipe);
        // Only the window with the lock listens here: an existing file was left by a killed leader.
        if (process.platform !== "win32") rmSync(pipe, { force: true });
        await listening(server, pipe);
        // The system had no handle for a connection, say: the server goes on.
        server.on("error", (error) => this.#warn(`A window was not let in: ${String(error)}`));
      } catch (error) {
        this.#warn(`Other windows cannot be served at ${pipe}: ${String(error)}`);
        continue;
      }
      if (!this.#closed) return { server, pipe, inode: inodeOf(pipe) };
      server.close();
    }
    return undefined;
  }

  /** Writes the endpoint file unless it is there and leads to `pipe`. @returns whether it does now */
  #publish(pipe: string): boolean {
    const { directory, token } = this.#options;
    const there = readEndpoint(directory);
    if (there?.pipe === pipe && Buffer.compare(there.token, token) === 0) return true;
    try {
      writeEndpoint(directory, { pipe, token, version: VERSION, process: process.pid });
      return true;
    } catch (error) {
      this.#warn(`Other windows are not told of this one yet: ${String(error)}`);
      return false;
    }
  }

  #warn(text: string): void {
    if (!this.#warned.has(text)) this.#options.log.warn(text);
    this.#warned.add(text);
  }
}

/** @returns undefined where there is no such file or it cannot be read, and on Windows */
function inodeOf(path: string): number | undefined {
  try {
    return process.platform === "win32" ? undefined : statSync(path).ino;
  } catch {
    return undefined;
  }
}

function listening(server: Server, pipe: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(pipe, () => {
      server.off("error", reject);
      resolve();
    });
  });
}
