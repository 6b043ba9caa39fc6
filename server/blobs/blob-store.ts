/**
 * Blobs: files of members, sealed by their clients, which the server keeps for some weeks and returns to any
 * member who knows their id.
 * A row (store/blob-rows.ts) never claims more than is on disk: bytes are synced first, then the row is
 * written. To delete a blob, its row is marked as given up first, then the file is removed, and the row last.
 * A crash therefore leaves either bytes beyond the row's `done`, which the next start cuts off, or a blob
 * marked as given up, which it removes. check() removes rows without files and files without rows, which only
 * other causes leave (e.g. a restored backup).
 */
import { ProtocolError } from "../../protocol/errors.ts";
import { MAX_BLOB_PART_BYTES } from "../../protocol/limits.ts";
import type { Username } from "../../protocol/names.ts";
import { ErrorCode } from "../../protocol/wire/parley_pb.ts";
import { isDiskFull, isMissing } from "../disk-errors.ts";
import type { Pieces } from "../gateway/pieces.ts";
import { Refusal } from "../gateway/refusal.ts";
import { BLOB_MARK_BYTES, BLOB_RETRY_MS, LEAST_COUNTED_BYTES, type ServerLimits } from "../limits.ts";
import { DAY_MS } from "../operations/duration.ts";
import type { BlobRow, Store } from "../store/store.ts";
import { words } from "../words/words.ts";
import { type BlobFiles, WrongOffset } from "./blob-files.ts";
import type { BlobName } from "./blob-name.ts";

const said = words.refusals.blob;
/** Rows that check() examines in one piece, some 10 µs each. */
const ROWS_A_LOOK = 50;

export type BlobLimits = Pick<ServerLimits, "maxBlobBytes" | "blobBytesPerPerson" | "blobBytes" | "blobDays">;

/** The state of a blob, for its owner. */
export interface Reached {
  readonly offset: number;
  /** Unix milliseconds. */
  readonly until: number;
}

export interface Part {
  readonly bytes: Uint8Array;
  /** Size of the whole blob. */
  readonly of: number;
}

export class BlobStore {
  readonly #store: Store;
  readonly #files: BlobFiles;
  readonly #limits: BlobLimits;
  readonly #clock: () => number;
  /** Blobs whose bytes are being synced. */
  readonly #marking = new Map<BlobName, Promise<void>>();

  constructor(store: Store, files: BlobFiles, limits: BlobLimits, clock: () => number) {
    this.#store = store;
    this.#files = files;
    this.#limits = limits;
    this.#clock = clock;
  }

  /**
   * BLOB_OPEN. Begins or continues a blob. Resolves once the answer is durable: a blob reported as complete
   * survives a power cut.
   * @throws Refusal NOT_ALLOWED, TOO_LARGE, TOO_MANY, BLOBS_FULL, BLOB_GONE; StoreBusy; errors of the disk
   */
  async open(owner: Username, name: BlobName, bytes: number): Promise<Reached> {
    const { maxBlobBytes } = this.#limits;
    if (maxBlobBytes === 0) throw new Refusal(ErrorCode.NOT_ALLOWED, said.none);
    if (bytes > maxBlobBytes) throw new Refusal(ErrorCode.TOO_LARGE, said.tooLarge(maxBlobBytes));
    const known = this.#store.blobs.find(name);
    if (known !== undefined) return this.#resume(owner, name, bytes, known);
    if (!(await this.#files.hasRoomFor(bytes))) throw new Refusal(ErrorCode.BLOBS_FULL, said.diskFull);
    return this.#begin(owner, name, bytes);
  }

  /**
   * BLOB_PUT. Takes the next part. Resolves once it may be acknowledged; every BLOB_MARK_BYTES, and after the
   * last part, all bytes are synced first.
   * @throws Refusal BLOB_GONE, BLOB_OFFSET, BLOBS_FULL, RATE_LIMITED; ProtocolError; errors of the disk
   */
  async put(owner: Username, name: BlobName, offset: number, part: Uint8Array): Promise<void> {
    const blob = this.#store.blobs.find(name);
    if (blob === undefined || blob.owner !== owner) throw gone();
    const end = offset + part.length;
    if (end > blob.bytes) throw new ProtocolError("bad-message", "more than the blob was opened for");
    // A client that doesn't wait for this acknowledgement would fill the system's memory.
    if (this.#marking.has(name) && end > blob.done + 2 * BLOB_MARK_BYTES)
      throw new Refusal(ErrorCode.RATE_LIMITED, said.diskBehind, { retryAfterMs: BLOB_RETRY_MS });
    if (blob.done === blob.bytes) throw wrongOffset();
    this.#append(name, offset, part);
    const isLast = end === blob.bytes;
    if (isLast || Math.floor(end / BLOB_MARK_BYTES) > Math.floor(offset / BLOB_MARK_BYTES))
      await this.#mark(name, end, isLast ? end : offset);
  }

  /**
   * BLOB_GET. Returns a part, empty from the end on.
   * @throws Refusal BLOB_GONE; errors of the disk
   */
  async get(name: BlobName, offset: number): Promise<Part> {
    const blob = this.#store.blobs.find(name);
    if (blob === undefined || blob.done < blob.bytes) throw gone();
    const length = Math.min(MAX_BLOB_PART_BYTES, blob.bytes - offset);
    if (length <= 0) return { bytes: new Uint8Array(), of: blob.bytes };
    const bytes = await this.#files.read(name, offset, length).catch((error: unknown) => {
      if (isMissing(error)) return undefined;
      throw error;
    });
    if (bytes?.length === length) return { bytes, of: blob.bytes };
    // Its file was lost: nobody else should be told that the blob exists.
    this.#store.blobs.giveUp(name);
    throw gone();
  }

  /**
   * BLOB_DROP. Resolves once the drop is durable. A missing blob counts as dropped.
   * @throws Refusal NOT_ALLOWED; StoreBusy
   */
  async drop(owner: Username, name: BlobName): Promise<void> {
    const blob = this.#store.blobs.find(name);
    if (blob !== undefined && blob.owner !== owner) throw notYours();
    if (blob !== undefined) this.#store.blobs.giveUp(name);
    await this.#store.committed();
  }

  /** Cuts off bytes that the last run wrote and didn't sync: after a power cut their content is undefined. */
  *cutUnfinished(): Pieces {
    for (const { name, row } of this.#store.blobs.unfinished()) {
      if ((this.#files.size(name) ?? 0) > row.done) this.#files.cut(name, row.done);
      yield;
    }
  }

  /**
   * Removes files without a row, and gives up blobs whose file is missing or too short. Works in small pieces
   * between other work.
   * @param goesOn returns whether to continue; asked before each piece
   */
  async check(goesOn: () => boolean): Promise<void> {
    for await (const name of this.#files.names()) {
      if (!goesOn()) return;
      if (!this.#isKept(name)) await this.#files.remove(name);
    }
    let looked = 0;
    for (const { name, row } of this.#rows()) {
      if (!goesOn()) return;
      if ((this.#files.size(name) ?? 0) < row.done) this.#store.blobs.giveUp(name);
      if (++looked % ROWS_A_LOOK === 0) await new Promise(setImmediate);
    }
  }

  /**
   * Removes the files of blobs that were given up, one after the other.
   * @throws errors of the disk; StoreBusy
   */
  async sweep(goesOn: () => boolean): Promise<void> {
    const { blobs } = this.#store;
    for (let name = blobs.nextGivenUp(); name !== undefined && goesOn(); name = blobs.nextGivenUp()) {
      await this.#files.remove(name);
      blobs.forget(name);
      await this.#store.committed();
    }
  }

  /** Resolves once no sync is running. */
  async settled(): Promise<void> {
    await Promise.allSettled(this.#marking.values());
  }

  #begin(owner: Username, name: BlobName, bytes: number): Promise<Reached> {
    const { blobs } = this.#store;
    const counted = Math.max(bytes, LEAST_COUNTED_BYTES);
    const { blobBytesPerPerson, blobBytes, blobDays } = this.#limits;
    if (blobs.bytesOf(owner) + counted > blobBytesPerPerson)
      throw new Refusal(ErrorCode.TOO_MANY, said.tooMuch(blobBytesPerPerson));
    if (blobs.size().bytes + counted > blobBytes) throw new Refusal(ErrorCode.BLOBS_FULL, said.full);
    const now = this.#clock();
    const until = now + blobDays * DAY_MS;
    // Removes the file of an earlier blob of that name whose row was lost.
    if (!this.#isKept(name)) this.#files.cut(name, 0);
    if (!blobs.add(name, { owner, bytes, until }, now)) throw gone();
    return this.#store.committed().then(() => ({ offset: 0, until }));
  }

  async #resume(owner: Username, name: BlobName, bytes: number, blob: BlobRow): Promise<Reached> {
    if (blob.owner !== owner) throw notYours();
    if (blob.bytes !== bytes) throw new Refusal(ErrorCode.NOT_ALLOWED, said.otherSize);
    const { until } = blob;
    if (blob.done === bytes) return { offset: bytes, until };
    this.#store.blobs.touch(name, this.#clock());
    const offset = this.#files.size(name) ?? 0;
    // The line was cut between the last part and its acknowledgement.
    if (offset === bytes) await this.#mark(name, bytes, bytes);
    else await this.#store.committed();
    return { offset, until };
  }

  #append(name: BlobName, offset: number, part: Uint8Array): void {
    try {
      this.#files.append(name, offset, part);
    } catch (error) {
      if (error instanceof WrongOffset) throw wrongOffset();
      if (isDiskFull(error)) throw new Refusal(ErrorCode.BLOBS_FULL, said.diskFull);
      throw error;
    }
  }

  /**
   * Syncs a blob's first `done` bytes, and records that.
   * @param least the length to which the blob is cut if the disk is nearly full; equal to `done`: it isn't
   * cut
   */
  #mark(name: BlobName, done: number, least: number): Promise<void> {
    const before = this.#marking.get(name) ?? Promise.resolve();
    const marking = before
      .catch(() => {})
      .then(() => this.#sync(name, done, least))
      .then(() => {
        if (!this.#store.blobs.reached(name, done, this.#clock())) throw gone();
        return this.#store.committed();
      })
      .finally(() => {
        if (this.#marking.get(name) === marking) this.#marking.delete(name);
      });
    this.#marking.set(name, marking);
    return marking;
  }

  async #sync(name: BlobName, done: number, least: number): Promise<void> {
    if (least < done && !(await this.#files.hasRoomFor(0))) {
      this.#files.cut(name, least);
      throw new Refusal(ErrorCode.BLOBS_FULL, said.diskFull);
    }
    try {
      await this.#files.sync(name, done <= BLOB_MARK_BYTES);
    } catch (error) {
      // The system may have dropped bytes that it couldn't write, and would not report it again.
      this.#files.cut(name, this.#store.blobs.find(name)?.done ?? 0);
      throw error;
    }
  }

  /** Returns whether there is a row, given up or not; its file is then handled by sweep(). */
  #isKept(name: BlobName): boolean {
    return this.#store.blobs.has(name);
  }

  *#rows(): Generator<{ readonly name: BlobName; readonly row: BlobRow }, void, void> {
    const { blobs } = this.#store;
    for (let page = blobs.after(undefined, ROWS_A_LOOK); page.length > 0; ) {
      yield* page;
      page = blobs.after(page.at(-1)?.name, ROWS_A_LOOK);
    }
  }
}

function gone(): Refusal {
  return new Refusal(ErrorCode.BLOB_GONE, said.gone);
}

function notYours(): Refusal {
  return new Refusal(ErrorCode.NOT_ALLOWED, said.notYours);
}

function wrongOffset(): Refusal {
  return new Refusal(ErrorCode.BLOB_OFFSET, said.offset);
}
