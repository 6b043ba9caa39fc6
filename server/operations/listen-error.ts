/** Explains to the operator why a port cannot be listened on. */

import { words } from "../words/words.ts";
import { OperatorError } from "./operator-error.ts";

/** The command line's options that choose address and port. */
const MAIN_OPTIONS = { host: "--host", port: "--port" };

/** Returns the operator's explanation of a failed `listen()`. */
export function listenError(
  error: unknown,
  host: string,
  port: number,
  options: { readonly host: string; readonly port: string } = MAIN_OPTIONS,
): OperatorError {
  const code = error instanceof Error && "code" in error ? String(error.code) : String(error);
  const cause = { cause: error };
  switch (code) {
    case "EADDRINUSE":
      return new OperatorError("port-in-use", words.faults.listening.portInUse(host, port, options), cause);
    case "EACCES":
      return new OperatorError(
        "address-unavailable",
        words.faults.listening.notAllowed(port, options),
        cause,
      );
    default:
      return new OperatorError(
        "address-unavailable",
        words.faults.listening.unavailable(host, code, options),
        cause,
      );
  }
}
