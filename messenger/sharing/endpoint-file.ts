/**
 * The file by which windows find the leader. It contains the pipe's path and a secret that both ends have to prove, and only this user can
 * read it. Each leader writes a new one. A file of an earlier leader names a pipe that no longer exists.
 */
import { randomBytes } from "node:crypto";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as v from "valibot";
import { replaceFileSync } from "../../protocol/replace-file.ts";
import { TOKEN_BYTES } from "./pipe-handshake.ts";

const FILE_NAME = "endpoint.json";

export interface Endpoint {
  readonly pipe: string;
  /** The secret, TOKEN_BYTES long. */
  readonly token: Uint8Array;
  /** Version of the program. After an update, windows that were not reloaded still run the old one. */
  readonly version: string;
  /** Process id of the leader, so that the user can end a leader that hangs. */
  readonly process: number;
}

const schema = v.object({
  pipe: v.pipe(v.string(), v.maxLength(256)),
  token: v.pipe(
    v.string(),
    v.maxLength(64),
    v.base64(),
    v.transform((text) => new Uint8Array(Buffer.from(text, "base64"))),
    v.length(TOKEN_BYTES),
  ),
  version: v.pipe(v.string(), v.maxLength(64)),
  process: v.pipe(v.number(), v.safeInteger(), v.minValue(1)),
});

/** Replaces the file atomically: a reader sees the old one or the new one. */
export function writeEndpoint(directory: string, { pipe, token, version, process }: Endpoint): void {
  const path = join(directory, FILE_NAME);
  const made = `${path}.${randomBytes(4).toString("hex")}`;
  const json: v.InferInput<typeof schema> = {
    pipe,
    token: Buffer.from(token).toString("base64"),
    version,
    process,
  };
  try {
    writeFileSync(made, JSON.stringify(json), { mode: 0o600, flag: "wx" });
    replaceFileSync(made, path);
  } catch (error) {
    rmSync(made, { force: true });
    throw error;
  }
}

/** @returns undefined if there is no valid file */
export function readEndpoint(directory: string): Endpoint | undefined {
  try {
    const parsed = v.safeParse(schema, JSON.parse(readFileSync(join(directory, FILE_NAME), "utf8")));
    return parsed.success ? parsed.output : undefined;
  } catch {
    return undefined;
  }
}
