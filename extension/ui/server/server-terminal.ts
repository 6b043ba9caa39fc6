/**
 * The terminal of a server that runs as a task. The server is on the other end of pipes, not of a console: the editor's executable is no
 * console program on Windows, where it would say and hear nothing, and there are no signals. It is told to stop by the end of its input,
 * which comes too when the editor goes, however that goes.
 */
import { type ChildProcess, spawn } from "node:child_process";
import * as vscode from "vscode";

export interface ServerProgram {
  readonly path: string;
  readonly arguments: readonly string[];
  readonly cwd: string;
}

/** Makes the editor's own executable behave as plain Node, which plain Node does not mind; and tells the server where its commands are. */
export const runtimeEnvironment = { ELECTRON_RUN_AS_NODE: "1", PARLEY_IN_EDITOR: "1" };

/** Ctrl+C, Ctrl+D. */
const STOP_KEYS: readonly string[] = ["\u0003", "\u0004"];
/** For goodbyes; a server takes some seconds at most. */
const PATIENCE_MS = 15_000;

export class ServerTerminal implements vscode.Pseudoterminal {
  readonly #program: ServerProgram;
  readonly #write = new vscode.EventEmitter<string>();
  readonly #close = new vscode.EventEmitter<number>();
  readonly onDidWrite = this.#write.event;
  readonly onDidClose = this.#close.event;
  /** Resolves once the server is gone, which is after the terminal was closed. */
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
      // Or Windows would end it together with us, in the middle of its goodbyes.
      detached: true,
      windowsHide: true,
    });
    this.#server = server;
    for (const stream of [server.stdout, server.stderr])
      stream.setEncoding("utf8").on("data", (text: string) => this.#show(text));
    // It may be gone before it hears that it should go.
    server.stdin.on("error", () => {});
    server.once("error", (error) => this.#ended(1, `${error.message}\n`));
    // After all that it said, unlike "exit".
    server.once("close", (code) => this.#ended(code ?? 1));
  }

  /** The terminal was closed, or its task ended from outside. */
  close(): void {
    if (this.#server === undefined) this.#isGone();
    else this.#stop();
  }

  /** As a console does: asks the first time, and insists the second time. */
  handleInput(data: string): void {
    if (!STOP_KEYS.includes(data)) return;
    if (this.#impatience === undefined) this.#stop();
    else this.#server?.kill("SIGKILL");
  }

  /** A terminal goes back to the start of a line only when told to. */
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
