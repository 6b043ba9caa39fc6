/** Runs one suite in its own mocha process, possibly while another's output is still being shown. */
import { spawn } from "node:child_process";
import { resolve } from "node:path";
import { command } from "./command.ts";

interface Result {
  readonly passing: number;
  readonly failing: number;
  readonly pending: number;
  /** Mocha's own list of the failures, with their stacks; empty if nothing failed. */
  readonly failures: string;
  /** undefined if it could not be started, null if a signal ended it. */
  readonly status: number | null | undefined;
}

export class SuiteRun {
  readonly #arguments: readonly string[];
  /** Output that has not been shown yet. */
  #held: Uint8Array[] = [];
  #isShown = false;
  readonly #result: Promise<Result>;
  #finish: (result: Result) => void = () => {};

  /** @param files patterns @param jobs how many files run at a time, each in a process of its own */
  constructor(files: readonly string[], jobs = 1) {
    this.#arguments = jobs > 1 ? ["--parallel", "--jobs", String(jobs), ...files] : files;
    this.#result = new Promise((finish) => {
      this.#finish = finish;
    });
  }

  /** Resolves once it has ended, with any result. */
  async start(): Promise<void> {
    const { file, args, ...how } = command("mocha", this.#arguments);
    const child = spawn(file, args, {
      stdio: ["ignore", "pipe", "pipe"],
      env: {
        ...process.env,
        // The tests start hundreds of processes from source; with a compile cache, each starts in a third of
        // the time.
        NODE_COMPILE_CACHE: resolve(".cache/compile"),
        // Mocha writes into a pipe and cannot see where that ends; it treats 0 as a yes.
        ...(process.stdout.isTTY ? { FORCE_COLOR: "1" } : {}),
      },
      ...how,
    });
    let output = "";
    child.stdout.on("data", (chunk: Buffer) => {
      output += chunk.toString();
      this.#say(chunk);
    });
    child.stderr.on("data", (chunk: Buffer) => this.#say(chunk));
    const status = await new Promise<number | null | undefined>((done) => {
      child.once("error", (error) => {
        this.#say(Buffer.from(`${error.message}\n`));
        done(undefined);
      });
      child.once("close", done);
    });
    const count = (word: string) => Number(new RegExp(`(\\d+) ${word}`).exec(output)?.[1] ?? 0);
    this.#finish({
      passing: count("passing"),
      failing: count("failing"),
      pending: count("pending"),
      failures: /^ +\S*\d+ failing.*/ms.exec(output)?.[0].trimEnd() ?? "",
      status,
    });
  }

  /**
   * Shows the output so far and from now on.
   * @returns the result
   */
  shown(): Promise<Result> {
    this.#isShown = true;
    for (const chunk of this.#held) process.stdout.write(chunk);
    this.#held = [];
    return this.#result;
  }

  #say(chunk: Uint8Array): void {
    if (this.#isShown) process.stdout.write(chunk);
    else this.#held.push(chunk);
  }
}
