/**
 * Accepts the followers' connections in the leader. It watches its socket's file: systems remove sockets that
 * nobody has touched for days, a living leader's too, and then it listens anew and writes a new endpoint file.
 */
import { rmSync, statSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import type { MessengerLog } from "../model.ts";
import { writeEndpoint } from "./endpoint-file.ts";
import { VERSION } from "./pipe-messages.ts";
import { pipePaths, preparePipe } from "./pipe-path.ts";

/** More windows than anybody has; a process that keeps connecting gets no more. */
const MAX_CONNECTIONS = 100;
const PUBLISH_AGAIN_MS = 2_000;
/** Milliseconds between two checks of the file; shorter than a new window's patience (election.ts). */
const LOOK_MS = 3_000;

export interface PipeServerOptions {
  /** The messenger's own. */
  readonly directory: string;
  readonly token: Uint8Array;
  readonly log: MessengerLog;
  readonly welcome: (socket: Socket) => void;
}

export class PipeServer {
  readonly #options: PipeServerOptions;
  #server: Server | undefined;
  #pipe = "";
  /** Of the socket's file, as it was made. */
  #inode: number | undefined;
  #watch: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(options: PipeServerOptions) {
    this.#options = options;
  }

  /** Listens. A leader that cannot listen still works: the other windows wait until it is closed. */
  async open(): Promise<void> {
    await this.#listen();
    if (process.platform !== "win32" && !this.#closed)
      this.#watch = setInterval(() => void this.#look(), LOOK_MS).unref();
  }

  /** Stops accepting connections, and removes the socket's file, which the next leader makes anew. Open connections stay. */
  close(): void {
    this.#closed = true;
    clearInterval(this.#watch);
    this.#server?.close();
  }

  async #listen(): Promise<void> {
    const { directory, log, welcome } = this.#options;
    for (const pipe of pipePaths(directory)) {
      if (this.#closed) return;
      const server = createServer(welcome);
      server.maxConnections = MAX_CONNECTIONS;
      try {
        preparePipe(pipe);
        // Only the window with the lock listens here: an existing file was left by a killed leader.
        if (process.platform !== "win32") rmSync(pipe, { force: true });
        await listening(server, pipe);
      } catch (error) {
        log.warn(`Other windows cannot be served at ${pipe}: ${String(error)}`);
        continue;
      }
      if (this.#closed) {
        server.close();
        return;
      }
      this.#server = server;
      this.#pipe = pipe;
      this.#inode = inodeOf(pipe);
      this.#publish();
      return;
    }
  }

  async #look(): Promise<void> {
    const server = this.#server;
    // Without a file it is about to listen anew, or could not.
    if (server === undefined || inodeOf(this.#pipe) === this.#inode) return;
    this.#options.log.warn(`The socket ${this.#pipe} is gone: listening anew`);
    this.#server = undefined;
    server.close();
    await this.#listen();
  }

  /** Writes the endpoint file. A full disk may have room again later; until then the other windows wait. */
  #publish(): void {
    if (this.#closed) return;
    const { directory, token, log } = this.#options;
    try {
      writeEndpoint(directory, { pipe: this.#pipe, token, version: VERSION, process: process.pid });
    } catch (error) {
      log.warn(`Other windows are not told of this one yet: ${String(error)}`);
      setTimeout(() => this.#publish(), PUBLISH_AGAIN_MS).unref();
    }
  }
}

/** @returns undefined where there is no such file, and on Windows */
function inodeOf(path: string): number | undefined {
  return process.platform === "win32" ? undefined : statSync(path, { throwIfNoEntry: false })?.ino;
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
