/** The bench's end of the probe: packs it for installing, and sends it requests. */
import { mkdirSync, writeFileSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import { join, resolve } from "node:path";
import { createVSIX } from "@vscode/vsce";
import { build } from "esbuild";
import {
  createMessageConnection,
  type MessageConnection,
  SocketMessageReader,
  SocketMessageWriter,
} from "vscode-jsonrpc/node";
import type { Questions } from "./probe/contract.ts";

/**
 * Packs the probe.
 * @returns the path of a VSIX in `directory`
 */
export async function packProbe(directory: string): Promise<string> {
  const folder = join(directory, "probe");
  mkdirSync(folder, { recursive: true });
  await build({
    ...{ bundle: true, platform: "node", format: "cjs", external: ["vscode"], logLevel: "warning" },
    entryPoints: [resolve("test/bench/editor/probe/main.ts")],
    outfile: join(folder, "main.js"),
  });
  writeFileSync(
    join(folder, "package.json"),
    JSON.stringify({
      ...{ name: "probe", publisher: "parley-bench", version: "0.0.1", license: "MIT" },
      ...{ main: "./main.js", engines: { vscode: "^1.106.0" }, activationEvents: ["*"] },
    }),
  );
  for (const file of ["README.md", "LICENSE"]) writeFileSync(join(folder, file), "The bench's probe.\n");
  const packagePath = join(directory, "probe.vsix");
  await createVSIX({
    ...{
      cwd: folder,
      packagePath,
      dependencies: false,
      allowMissingRepository: true,
      allowStarActivation: true,
    },
  });
  return packagePath;
}

/** Accepts the probes of all windows, each once, as its window opens. */
export class ProbeLine {
  readonly path: string;
  readonly #server: Server;
  #tell: (connection: MessageConnection) => void = () => undefined;
  #newest: Promise<MessageConnection>;

  private constructor(path: string) {
    this.path = path;
    this.#newest = this.#next();
    this.#server = createServer((socket) => this.#take(socket));
  }

  static async open(path: string): Promise<ProbeLine> {
    const line = new ProbeLine(path);
    await new Promise<void>((listening) => line.#server.listen(path, listening));
    return line;
  }

  /** Call before a window is opened: requests then go to that window's probe, once it has connected. */
  expect(): void {
    this.#newest = this.#next();
  }

  async ask<Question extends keyof Questions>(question: Question): Promise<Questions[Question]> {
    return (await this.#newest).sendRequest<Questions[Question]>(question);
  }

  close(): void {
    this.#server.close();
  }

  #next(): Promise<MessageConnection> {
    return new Promise((tell) => {
      this.#tell = tell;
    });
  }

  #take(socket: Socket): void {
    socket.on("error", () => socket.destroy());
    const connection = createMessageConnection(
      new SocketMessageReader(socket),
      new SocketMessageWriter(socket),
    );
    connection.onError(() => socket.destroy());
    connection.listen();
    this.#tell(connection);
  }
}
