/**
 * Accepts followers' connections in the leader, and keeps its socket and endpoint file in place. Systems delete files that were not touched
 * for days, even if they are in use, and a disk may be full for a while. So it checks both every few seconds and creates missing ones
 * again.
 */
import { rmSync, statSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import type { MessengerLog } from "../model.ts";
import { readEndpoint, writeEndpoint } from "./endpoint-file.ts";
import { VERSION } from "./pipe-messages.ts";
import { pipePaths, preparePipe } from "./pipe-path.ts";

/** More windows than any user has. Limits a process that keeps connecting. */
const MAX_CONNECTIONS = 100;
/** Milliseconds between checks. Shorter than the time that a new window waits for a role (election.ts). */
const LOOK_MS = 3_000;

export interface PipeServerOptions {
  /** The messenger's folder. */
  readonly directory: string;
  readonly token: Uint8Array;
  readonly log: MessengerLog;
  readonly welcome: (socket: Socket) => void;
  /** Milliseconds between two checks. Default: LOOK_MS. */
  readonly lookMs?: number;
}

interface Listening {
  readonly server: Server;
  readonly pipe: string;
  /** Inode of the socket's file at its creation. If it differs later, the file was replaced. */
  readonly inode: number | undefined;
}

export class PipeServer {
  readonly #options: PipeServerOptions;
  #listening: Listening | undefined;
  #watch: NodeJS.Timeout | undefined;
  #isLooking = false;
  #closed = false;
  /** Warnings logged since the last check without a fault, so that each is logged once. */
  readonly #warned = new Set<string>();

  constructor(options: PipeServerOptions) {
    this.#options = options;
  }

  /** Starts listening. If that fails, the leader works on, and the other windows wait. */
  async open(): Promise<void> {
    await this.#look();
    const { lookMs = LOOK_MS } = this.#options;
    if (!this.#closed) this.#watch = setInterval(() => void this.#look(), lookMs).unref();
  }

  /** Stops accepting connections and removes the socket's file. Open connections stay. */
  close(): void {
    this.#closed = true;
    clearInterval(this.#watch);
    this.#listening?.server.close();
  }

  async #look(): Promise<void> {
    if (this.#isLooking) return;
    this.#isLooking = true;
    if (this.#listening !== undefined && inodeOf(this.#listening.pipe) !== this.#listening.inode) {
      this.#warn(`The socket ${this.#listening.pipe} was removed: listening again`);
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
        // Only the window with the lock listens here, so an existing file is from a killed leader.
        if (process.platform !== "win32") rmSync(pipe, { force: true });
        await listening(server, pipe);
        // For example, the process has no file handle left for a connection. The server continues.
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

  /** Writes the endpoint file unless it already names `pipe`. @returns whether it names it now */
  #publish(pipe: string): boolean {
    const { directory, token } = this.#options;
    const there = readEndpoint(directory);
    if (there?.pipe === pipe && Buffer.compare(there.token, token) === 0) return true;
    try {
      writeEndpoint(directory, { pipe, token, version: VERSION, process: process.pid });
      return true;
    } catch (error) {
      this.#warn(`Other windows cannot find this one yet: ${String(error)}`);
      return false;
    }
  }

  #warn(text: string): void {
    if (!this.#warned.has(text)) this.#options.log.warn(text);
    this.#warned.add(text);
  }
}

/** @returns undefined if the file does not exist or cannot be read, and always on Windows */
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
