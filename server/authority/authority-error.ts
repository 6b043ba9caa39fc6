import { ParleyError } from "../../protocol/errors.ts";

/** The team's CA cannot be used as it lies on disk; its owner has to act. */
export type AuthorityCode =
  | "unprotected" // others can read the keys
  | "damaged" // a file is missing or does not parse
  | "expired"; // the CA's own ten years are over
export class AuthorityError extends ParleyError {
  readonly code: AuthorityCode;
  constructor(code: AuthorityCode, detail: string, options?: ErrorOptions) {
    super(detail, options);
    this.code = code;
  }
}
