/** Why a port cannot be listened on, in words for the operator. */
import { OperatorError } from "./operator-error.ts";

/** The options of the command line that choose them. */
const MAIN_OPTIONS = { host: "--host", port: "--port" };

/** @returns the operator's explanation of a failed `listen()` */
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
      return new OperatorError(
        "port-in-use",
        `Port ${port} on ${host} is in use, perhaps by another Parley server. Stop that program, or choose another port with ${options.port}.`,
        cause,
      );
    case "EACCES":
      return new OperatorError(
        "address-unavailable",
        `This account may not listen on port ${port}. Choose one of 1024 and above with ${options.port}.`,
        cause,
      );
    default:
      return new OperatorError(
        "address-unavailable",
        `This machine cannot listen on ${host} (${code}). Choose one of its own addresses with ${options.host}.`,
        cause,
      );
  }
}
