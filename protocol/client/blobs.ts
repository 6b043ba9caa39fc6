/**
 * Whole blobs over a client's connection: a few parts in flight at a time, each sent only when nothing else
 * waits, so that a message waits for one part at most. Uploads and downloads resume where they stopped when
 * called again, over another connection or after a restart.
 */
import { setTimeout as pause } from "node:timers/promises";
import { NetworkError, RefusedError, UsageError } from "../errors.ts";
import { BLOB_PARTS_UNDER_WAY, MAX_BLOB_PART_BYTES } from "../limits.ts";
import type { BlobId } from "../names.ts";
import type { Client } from "./client.ts";

/** Sealed bytes, which must be the same when an upload resumes: a nonce must never seal different bytes. */
export interface BlobSource {
  readonly bytes: number;
  /**
   * Returns `length` bytes from `offset` on.
   * @throws errors of the disk
   */
  read(offset: number, length: number): Promise<Uint8Array>;
}

export interface Transfer {
  readonly signal?: AbortSignal | undefined;
  /** @param done bytes that the other end has */
  readonly onProgress?: ((done: number) => void) | undefined;
}

/**
 * Minimum wait before retrying, also where a server asks for less: a refused part costs the server work, too.
 */
const LEAST_PAUSE_MS = 100;
/**
 * A second part is in flight only while each takes less than this: on a slow line, a message then waits for
 * one part at most.
 */
const FAST_PART_MS = 50;
/** Times in a row that an upload is restarted without any progress. */
const MOST_VAIN_TRIES = 20;

/**
 * Uploads a blob, or the rest of one. Resolves once all of it is on the server's disk. A cancelled upload
 * stays on the server for some days, unless the caller drops it with `dropBlob`.
 * @returns when the server deletes it
 * @throws RefusedError "too-many", "blobs-full", "blob-gone", "not-allowed"; UsageError "cancelled",
 * "too-large", "not-connected", "bad-argument" where the source returns fewer bytes than it declares;
 * NetworkError; errors of the source
 */
export async function uploadBlob(
  client: Pick<Client, "openBlob" | "putBlob">,
  id: BlobId,
  source: BlobSource,
  { signal, onProgress }: Transfer = {},
): Promise<Date> {
  for (let furthest = 0, vain = 0; ; ) {
    throwIfCancelled(signal);
    const { offset, availableUntil } = await client.openBlob(id, source.bytes);
    onProgress?.(offset);
    if (offset === source.bytes) return availableUntil;
    vain = offset > furthest ? 0 : vain + 1;
    furthest = Math.max(furthest, offset);
    if (vain > MOST_VAIN_TRIES) throw new NetworkError("timeout", "the server takes nothing more of a blob");
    try {
      await putFrom(client, id, source, offset, { signal, onProgress });
    } catch (error) {
      await waitOut(error, signal);
    }
  }
}

/**
 * Downloads a blob, part by part. The bytes are sealed: e2ee/sealed-file.ts checks and opens them.
 * @param bytes of the whole blob, as stated in its message
 * @param from where to resume
 * @throws RefusedError "blob-gone"; TrustError "undecryptable" where the blob has another size; UsageError
 * "cancelled", "not-connected"; NetworkError
 */
export async function* downloadBlob(
  client: Pick<Client, "getBlob">,
  id: BlobId,
  bytes: number,
  { signal, from = 0 }: { readonly signal?: AbortSignal; readonly from?: number } = {},
): AsyncGenerator<Uint8Array> {
  const underWay: Promise<Uint8Array>[] = [];
  const pace = new Pace();
  for (let next = from; next < bytes || underWay.length > 0; ) {
    while (next < bytes && underWay.length < pace.most) {
      underWay.push(expected(pace.time(getPart(client, id, next, bytes, signal))));
      next += MAX_BLOB_PART_BYTES;
    }
    throwIfCancelled(signal);
    const part = await underWay.shift();
    if (part !== undefined) yield part;
  }
}

async function putFrom(
  client: Pick<Client, "putBlob">,
  id: BlobId,
  source: BlobSource,
  from: number,
  { signal, onProgress }: Transfer,
): Promise<void> {
  const underWay: { readonly end: number; readonly done: Promise<void> }[] = [];
  const pace = new Pace();
  const first = async () => {
    const part = underWay.shift();
    await part?.done;
    if (part !== undefined) onProgress?.(part.end);
  };
  try {
    for (let offset = from; offset < source.bytes; ) {
      const length = Math.min(MAX_BLOB_PART_BYTES, source.bytes - offset);
      const part = await source.read(offset, length);
      if (part.length !== length)
        throw new UsageError("bad-argument", "the source has fewer bytes than it says");
      throwIfCancelled(signal);
      underWay.push({ end: offset + length, done: expected(pace.time(client.putBlob(id, offset, part))) });
      offset += length;
      while (underWay.length >= pace.most) await first();
    }
    while (underWay.length > 0) await first();
  } finally {
    // Parts still in flight are refused as well, before the next BLOB_OPEN is answered.
    await Promise.allSettled(underWay.map(({ done }) => done));
  }
}

/** Decides how many parts may be in flight, from the time that the last one took. */
class Pace {
  most = 1;

  async time<Result>(part: Promise<Result>): Promise<Result> {
    const began = performance.now();
    const result = await part;
    this.most = performance.now() - began < FAST_PART_MS ? BLOB_PARTS_UNDER_WAY : 1;
    return result;
  }
}

async function getPart(
  client: Pick<Client, "getBlob">,
  id: BlobId,
  offset: number,
  bytes: number,
  signal: AbortSignal | undefined,
): Promise<Uint8Array> {
  for (;;) {
    try {
      return await client.getBlob(id, offset, bytes);
    } catch (error) {
      await waitOut(error, signal);
      throwIfCancelled(signal);
    }
  }
}

/**
 * Waits as long as the server asks for.
 * @throws the error itself, where waiting does not help; UsageError "cancelled"
 */
async function waitOut(error: unknown, signal: AbortSignal | undefined): Promise<void> {
  if (!(error instanceof RefusedError)) throw error;
  if (error.code !== "rate-limited" && error.code !== "busy" && error.code !== "blob-offset") throw error;
  const ms = Math.max(LEAST_PAUSE_MS, error.retryAfterMs ?? 0);
  await pause(ms, undefined, signal && { signal }).catch(() => throwIfCancelled(signal));
}

function throwIfCancelled(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true) throw new UsageError("cancelled", "The user cancelled");
}

/** Marks a promise's rejection as handled: it is awaited later, in order. */
function expected<Result>(promise: Promise<Result>): Promise<Result> {
  promise.catch(() => {});
  return promise;
}
