/** An error that ends the program: one clear line with the cause and the fix. */

/** Exit code of the command line by error code; documented in `--help`. 1 is for bugs in the program. */
const EXIT_CODES = {
  "bad-argument": 2,
  "passphrase-needed": 2,
  "profile-unusable": 3,
  "no-editor": 3,
  "other-version": 3,
} as const;

export class TerminalError extends Error {
  readonly code: keyof typeof EXIT_CODES;
  constructor(code: TerminalError["code"], detail: string, options?: ErrorOptions) {
    super(detail, options);
    this.name = "TerminalError";
    this.code = code;
  }
  get exitCode(): number {
    return EXIT_CODES[this.code];
  }
}
