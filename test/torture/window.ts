/** The parent's handle on a window process: calls, kills and suspends it. */
import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import * as v from "valibot";
import { AnswerSchema, type Command, type Setup } from "./commands.ts";

const PROGRAM = "test/torture/window-process.ts";

/** The window died, or was killed, before it answered. */
export class WindowGone extends Error {}
/** The window answered with an error. */
export class WindowRefused extends Error {
  readonly code: string;
  constructor(code: string) {
    super(code);
    this.code = code;
  }
}

interface Asker {
  resolve(result: unknown): void;
  reject(error: Error): void;
}

export class Window {
  readonly #child: ChildProcessByStdio<Writable, Readable, null>;
  readonly #askers = new Map<number, Asker>();
  readonly #gone: Promise<unknown>;
  #lastId = 0;

  private constructor(setup: Setup) {
    this.#child = spawn(process.execPath, [PROGRAM, JSON.stringify(setup)], {
      stdio: ["pipe", "pipe", "inherit"],
    });
    this.#child.stdin.on("error", () => {}); // "exit" reports it.
    this.#gone = once(this.#child, "exit").then(() => {
      for (const { reject } of this.#askers.values()) reject(new WindowGone("the window is gone"));
      this.#askers.clear();
    });
    createInterface({ input: this.#child.stdout }).on("line", (line) => this.#hear(line));
  }

  /** Starts a window that may still be opening its store; it answers calls once it can. */
  static start(setup: Setup): Window {
    return new Window(setup);
  }

  get isAlive(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /**
   * Makes a call.
   * @throws WindowGone, WindowRefused
   */
  ask(command: Command): Promise<unknown> {
    if (!this.isAlive) return Promise.reject(new WindowGone("the window is gone"));
    const id = ++this.#lastId;
    return new Promise((resolve, reject) => {
      this.#askers.set(id, { resolve, reject });
      this.#child.stdin.write(`${JSON.stringify({ id, command })}\n`);
    });
  }

  /** Suspends it, as when the machine sleeps. */
  sleep(): void {
    this.#child.kill("SIGSTOP");
  }

  wake(): void {
    this.#child.kill("SIGCONT");
  }

  async kill(): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#gone;
  }

  /** Resolves once it has ended, for any reason. */
  async died(): Promise<void> {
    await this.#gone;
  }

  async close(): Promise<void> {
    await this.ask({ do: "close" });
    await this.#gone;
  }

  #hear(line: string): void {
    const answer = v.parse(AnswerSchema, JSON.parse(line));
    const asker = this.#askers.get(answer.id);
    this.#askers.delete(answer.id);
    if ("code" in answer) asker?.reject(new WindowRefused(answer.code));
    else asker?.resolve(answer.result);
  }
}
