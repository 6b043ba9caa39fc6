/** The run of a server's process, which 1.1 names: it tells a client whether the server may have gone back to an earlier state. */
import { SERVER_RUN_BYTES } from "../limits.ts";

export interface ServerRun {
  /** SERVER_RUN_BYTES in lower-case hexadecimal. */
  readonly id: string;
  /** The run before it on the same data; undefined where that one did not end cleanly, or nobody knows. */
  readonly follows?: string;
}

const NOTHING = new Uint8Array(0);

/** Returns the fields of ServerHello. @param run undefined: the server does not say */
export function encodeRun(run: ServerRun | undefined): {
  readonly run: Uint8Array;
  readonly follows: Uint8Array;
} {
  return { run: bytesOf(run?.id), follows: bytesOf(run?.follows) };
}

/** @returns "bad" for bytes that name no run; undefined where the server does not say */
export function decodeRun({ run, follows }: ReturnType<typeof encodeRun>): ServerRun | "bad" | undefined {
  if (run.length === 0) return follows.length === 0 ? undefined : "bad";
  if (run.length !== SERVER_RUN_BYTES) return "bad";
  if (follows.length !== 0 && follows.length !== SERVER_RUN_BYTES) return "bad";
  return { id: hexOf(run), ...(follows.length > 0 && { follows: hexOf(follows) }) };
}

function bytesOf(name: string | undefined): Uint8Array {
  return name === undefined ? NOTHING : new Uint8Array(Buffer.from(name, "hex"));
}

function hexOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}
