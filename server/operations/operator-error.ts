/** An error that the operator can fix: one clear line with the cause and the fix. */

/** Exit code of the command line by error code; documented in `--help`. 1 is for bugs in the program. */
export const EXIT_CODES = {
  "bad-argument": 2,
  "no-such-user": 2,
  "node-too-old": 2,
  "data-folder-unusable": 3,
  "data-folder-open": 3,
  "data-folder-locked": 3,
  "data-folder-empty": 3,
  "data-folder-newer": 3,
  "backup-failed": 3,
  "copy-not-in-place": 3,
  "promote-failed": 3,
  "server-still-runs": 3,
  "disk-full": 3,
  "file-in-use": 3,
  "port-in-use": 4,
  "address-unavailable": 4,
} as const;

export type OperatorErrorCode = keyof typeof EXIT_CODES;

export class OperatorError extends Error {
  readonly code: OperatorErrorCode;
  constructor(code: OperatorErrorCode, detail: string, options?: ErrorOptions) {
    super(detail, options);
    this.name = "OperatorError";
    this.code = code;
  }
  get exitCode(): number {
    return EXIT_CODES[this.code];
  }
}
