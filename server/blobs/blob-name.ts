/**
 * The name under which the server stores a blob: SHA-256 of its id, so that neither rows nor files reveal the
 * id that fetches it.
 */
import { createHash } from "node:crypto";
import type { Brand } from "../../protocol/ids.ts";
import { BLOB_ID_BYTES } from "../../protocol/limits.ts";

/** 64 lower-case hexadecimal digits; also the name of the file. */
export type BlobName = string & Brand<"BlobName">;

const NAME = /^[0-9a-f]{64}$/;

/**
 * Returns the name of an id.
 * @param id foreign bytes.
 * @returns undefined for another length
 */
export function blobName(id: Uint8Array): BlobName | undefined {
  if (id.length !== BLOB_ID_BYTES) return undefined;
  return createHash("sha256").update(id).digest("hex") as BlobName;
}

/** Returns `text` as a BlobName, or undefined for an invalid one. */
export function parseBlobName(text: string): BlobName | undefined {
  return NAME.test(text) ? (text as BlobName) : undefined;
}
