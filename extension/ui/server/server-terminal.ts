/**
 * The terminal of a server that runs as a task. The server is connected by pipes instead of a console, since VS Code's executable is not
 * a console program on Windows and would get no input and output there. End of input tells the server to stop. It needs no signals,
 * which Windows lacks, and also arrives when VS Code crashes.
 */
import { type ChildProcess, spawn } from "node:child_process";
import * as vscode from "vscode";

export interface ServerProgram {
  readonly path: string;
  readonly arguments: readonly string[];
  readonly cwd: string;
}

/** Makes VS Code's executable run as Node (plain Node ignores that), and tells the server that it runs in an editor. */
export const runtimeEnvironment = { ELECTRON_RUN_AS_NODE: "1", PARLEY_IN_EDITOR: "1" };

/** Ctrl+C, Ctrl+D. */
const STOP_KEYS: readonly string[] = ["\u0003", "\u0004"];
/** Milliseconds that a stopping server has. It needs some seconds at most. */
const PATIENCE_MS = 15_000;

export class ServerTerminal implements vscode.Pseudoterminal {
  readonly #program: ServerProgram;
  readonly #write = new vscode.EventEmitter<string>();
  readonly #close = new vscode.EventEmitter<number>();
  readonly onDidWrite = this.#write.event;
  readonly onDidClose = this.#close.event;
  /** Resolves once the server has ended, some time after the terminal was closed. */
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
      // Otherwise Windows would end the server together with the extension host, before it has stopped cleanly.
      detached: true,
      windowsHide: true,
    });
    this.#server = server;
    for (const stream of [server.stdout, server.stderr])
      stream.setEncoding("utf8").on("data", (text: string) => this.#show(text));
    // Ignore errors: the server may end before it reads the end of its input.
    server.stdin.on("error", () => {});
    server.once("error", (error) => this.#ended(1, `${error.message}\n`));
    // Unlike "exit", "close" comes after all output.
    server.once("close", (code) => this.#ended(code ?? 1));
  }

  /** Stops the server. VS Code calls it when the terminal is closed or the task is terminated. */
  close(): void {
    if (this.#server === undefined) this.#isGone();
    else this.#stop();
  }

  /** Handles Ctrl+C and Ctrl+D: the first stops the server, the second kills it. */
  handleInput(data: string): void {
    if (!STOP_KEYS.includes(data)) return;
    if (this.#impatience === undefined) this.#stop();
    else this.#server?.kill("SIGKILL");
  }

  /** Writes text, with a carriage return for each line break, as terminals need it. */
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
