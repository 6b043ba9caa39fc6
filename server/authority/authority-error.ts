import { ParleyError } from "../../protocol/errors.ts";

/** The team's CA on disk is unusable; the operator has to act. */
export type AuthorityCode =
  | "unprotected" // others can read the keys
  | "damaged" // a file is missing or does not parse
  | "expired"; // the CA's own ten years have passed
export class AuthorityError extends ParleyError {
  readonly code: AuthorityCode;
  constructor(code: AuthorityCode, detail: string, options?: ErrorOptions) {
    super(detail, options);
    this.code = code;
  }
}
