/**
 * The terminal of a server that runs as a task. The server is connected by pipes, not by a console: the editor's executable is no
 * console program on Windows, where a console would give it no input and no output, and Windows has no signals. End of input tells it to
 * stop, which it also gets when the editor ends, however that happens.
 */
import { type ChildProcess, spawn } from "node:child_process";
import * as vscode from "vscode";

export interface ServerProgram {
  readonly path: string;
  readonly arguments: readonly string[];
  readonly cwd: string;
}

/** Makes the editor's own executable behave as plain Node, which plain Node ignores; and tells the server how to call its commands. */
export const runtimeEnvironment = { ELECTRON_RUN_AS_NODE: "1", PARLEY_IN_EDITOR: "1" };

/** Ctrl+C, Ctrl+D. */
const STOP_KEYS: readonly string[] = ["\u0003", "\u0004"];
/** Milliseconds that a server has for its goodbyes; it takes some seconds at most. */
const PATIENCE_MS = 15_000;

export class ServerTerminal implements vscode.Pseudoterminal {
  readonly #program: ServerProgram;
  readonly #write = new vscode.EventEmitter<string>();
  readonly #close = new vscode.EventEmitter<number>();
  readonly onDidWrite = this.#write.event;
  readonly onDidClose = this.#close.event;
  /** Resolves once the server has ended, which is after the terminal was closed. */
  readonly gone: Promise<void>;
  #server: ChildProcess | undefined;
  #isGone: () => void = () => {};
  #impatience: NodeJS.Timeout | undefined;

  constructor(program: ServerProgram) {
    this.#program = program;
    this.gone = new Promise((resolve) => {
      this.#isGone = resolve;
    });
  }

  open(): void {
    const { path, arguments: args, cwd } = this.#program;
    const server = spawn(process.execPath, [path, ...args, "--stop-at-end-of-input"], {
      cwd,
      env: { ...process.env, ...runtimeEnvironment },
      stdio: "pipe",
      // Otherwise Windows would end it together with us, in the middle of its goodbyes.
      detached: true,
      windowsHide: true,
    });
    this.#server = server;
    for (const stream of [server.stdout, server.stderr])
      stream.setEncoding("utf8").on("data", (text: string) => this.#show(text));
    // The server may end before it reads the end of its input.
    server.stdin.on("error", () => {});
    server.once("error", (error) => this.#ended(1, `${error.message}\n`));
    // "close" comes after all output, unlike "exit".
    server.once("close", (code) => this.#ended(code ?? 1));
  }

  /** Stops the server: the terminal was closed, or its task was ended from outside. */
  close(): void {
    if (this.#server === undefined) this.#isGone();
    else this.#stop();
  }

  /** Stops the server as a console does: asks the first time, kills the second time. */
  handleInput(data: string): void {
    if (!STOP_KEYS.includes(data)) return;
    if (this.#impatience === undefined) this.#stop();
    else this.#server?.kill("SIGKILL");
  }

  /** Writes text. A terminal returns to the start of a line only at a carriage return. */
  #show(text: string): void {
    this.#write.fire(text.replaceAll("\n", "\r\n"));
  }

  #stop(): void {
    const server = this.#server;
    server?.stdin?.end();
    this.#impatience ??= setTimeout(() => server?.kill("SIGKILL"), PATIENCE_MS);
  }

  #ended(code: number, lastWords = ""): void {
    clearTimeout(this.#impatience);
    if (lastWords !== "") this.#show(lastWords);
    this.#close.fire(code);
    this.#isGone();
  }
}
