/** The command line's output: sentences for people, or one JSON line for each event for programs. */
import { StorageError } from "../../protocol/errors.ts";
import { AuthorityError } from "../authority/authority-error.ts";
import { isDiskFull } from "../disk-errors.ts";
import { EXIT_CODES, OperatorError } from "../operations/operator-error.ts";
import { words } from "../words/words.ts";

/** One event in machine-readable form. `event` names it. */
export interface Event {
  readonly event: string;
  readonly [field: string]: unknown;
}

export class Output {
  readonly json: boolean;

  constructor(json: boolean) {
    this.json = json;
  }

  /**
   * Reports an event.
   * @param text for people, without the last line break
   */
  say(event: Event, text: string): void {
    process.stdout.write(`${this.json ? JSON.stringify(event) : text}\n`);
  }

  /**
   * Reports an error on standard error.
   * @returns the exit code
   */
  fail(error: unknown): number {
    const { code, message, exitCode } = describe(error);
    const line = this.json ? JSON.stringify({ event: "error", code, message }) : words.faults.fault(message);
    process.stderr.write(`${line}\n`);
    return exitCode;
  }
}

function describe(error: unknown): { code: string; message: string; exitCode: number } {
  if (error instanceof OperatorError)
    return { code: error.code, message: error.message, exitCode: error.exitCode };
  if (error instanceof AuthorityError)
    return {
      code: `authority-${error.code}`,
      message: error.message,
      exitCode: EXIT_CODES["data-folder-unusable"],
    };
  if (isDiskFull(error))
    return {
      code: "disk-full",
      message: words.faults.program.diskFull,
      exitCode: EXIT_CODES["disk-full"],
    };
  if (error instanceof StorageError && error.code === "file-in-use")
    return {
      code: error.code,
      message: words.faults.program.fileInUse(error.message),
      exitCode: EXIT_CODES["file-in-use"],
    };
  const message = error instanceof Error ? error.message : String(error);
  return { code: "internal", message: words.faults.program.internal(message), exitCode: 1 };
}
