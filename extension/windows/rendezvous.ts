/**
 * How a window finds the one that holds the account: a file that only this user can read, with the pipe and the
 * secret that both ends prove to know. Each holder writes its own; an old one leads nowhere.
 */
import { randomBytes } from "node:crypto";
import { readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as v from "valibot";
import { TOKEN_BYTES } from "./pipe-handshake.ts";

const FILE_NAME = "owner.json";

export interface Rendezvous {
  readonly pipe: string;
  /** TOKEN_BYTES */
  readonly token: Uint8Array;
  /** Of the program: after an update, windows that were not reloaded still run the old one. */
  readonly version: string;
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
});

const lockedSchema = v.object({ locked: v.literal(true) });

/** From here on the windows find this one. */
export function publish(directory: string, { pipe, token, version }: Rendezvous): void {
  const json: v.InferInput<typeof schema> = { pipe, token: Buffer.from(token).toString("base64"), version };
  replace(directory, json);
}

/** The user has locked Parley: until somebody holds the account again, no window takes it over that held on to its keys. */
export function publishLocked(directory: string): void {
  const json: v.InferInput<typeof lockedSchema> = { locked: true };
  replace(directory, json);
}

/** @returns whether that was the last word of who held the account */
export function wasLocked(directory: string): boolean {
  return v.is(lockedSchema, read(directory));
}

/** @returns undefined where there is none, or none that makes sense */
export function readRendezvous(directory: string): Rendezvous | undefined {
  const parsed = v.safeParse(schema, read(directory));
  return parsed.success ? parsed.output : undefined;
}

/** In one step: a reader sees the old file or this one. */
function replace(directory: string, json: object): void {
  const path = join(directory, FILE_NAME);
  const made = `${path}.${randomBytes(4).toString("hex")}`;
  try {
    writeFileSync(made, JSON.stringify(json), { mode: 0o600, flag: "wx" });
    renameSync(made, path);
  } catch (error) {
    rmSync(made, { force: true });
    throw error;
  }
}

function read(directory: string): unknown {
  try {
    return JSON.parse(readFileSync(join(directory, FILE_NAME), "utf8"));
  } catch {
    return undefined;
  }
}
