/**
 * The files of blobs, one per blob, in a folder beside the database. Owners and bounds are handled by
 * blob-store.ts.
 */
import {
  closeSync,
  fstatSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  rmSync,
  statSync,
  writeSync,
} from "node:fs";
import { open, opendir, rm, statfs } from "node:fs/promises";
import { join } from "node:path";
import { syncDirectory } from "../authority/private-file.ts";
import { FREE_DISK_SHARE } from "../limits.ts";
import { type BlobName, parseBlobName } from "./blob-name.ts";

/** A part that doesn't continue where the file ends. */
export class WrongOffset extends Error {}

export interface Disk {
  /** Bytes that an unprivileged program may still write, out of `all`. */
  readonly free: number;
  readonly all: number;
}

export class BlobFiles {
  readonly #folder: string;
  readonly #disk: (folder: string) => Promise<Disk>;

  /**
   * @param folder created if missing, private to its owner.
   * @param disk returns the space of its disk.
   * @throws errors of the disk
   */
  constructor(folder: string, disk = diskOf) {
    this.#folder = folder;
    this.#disk = disk;
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  }

  /** Returns a file's bytes, or undefined if there is none. */
  size(name: BlobName): number | undefined {
    return statSync(this.#path(name), { throwIfNoEntry: false })?.size;
  }

  /**
   * Appends a part; sync() makes it durable. Synchronous, because the system copies the bytes into its cache
   * at once, and none of them wait in our memory.
   * @throws WrongOffset; errors of the disk, and then nothing of the part is in the file
   */
  append(name: BlobName, offset: number, part: Uint8Array): void {
    const file = openSync(this.#path(name), "a", 0o600);
    try {
      if (fstatSync(file).size !== offset) throw new WrongOffset();
      try {
        for (let done = 0; done < part.length; ) done += writeSync(file, part, done);
      } catch (error) {
        ftruncateSync(file, offset);
        throw error;
      }
    } finally {
      closeSync(file);
    }
  }

  /**
   * Resolves once everything appended is durable.
   * @param first the file may be new in its folder
   */
  async sync(name: BlobName, first: boolean): Promise<void> {
    const file = await open(this.#path(name), "r+");
    try {
      await file.datasync();
    } finally {
      await file.close();
    }
    if (first) await syncDirectory(this.#folder);
  }

  /**
   * Reads up to `length` bytes, fewer at the end of the file.
   * @throws errors of the disk
   */
  async read(name: BlobName, offset: number, length: number): Promise<Uint8Array> {
    const file = await open(this.#path(name), "r");
    try {
      const part = Buffer.allocUnsafeSlow(length);
      const { bytesRead } = await file.read(part, 0, length, offset);
      return part.subarray(0, bytesRead);
    } finally {
      await file.close();
    }
  }

  /** Truncates a file to at most `bytes`, or removes it for 0. Call only while nothing else uses it. */
  cut(name: BlobName, bytes: number): void {
    if (bytes === 0) {
      rmSync(this.#path(name), { force: true });
      return;
    }
    const file = openSync(this.#path(name), "r+");
    try {
      if (fstatSync(file).size > bytes) ftruncateSync(file, bytes);
    } finally {
      closeSync(file);
    }
  }

  /** Removes a file; a missing one counts as removed. */
  async remove(name: BlobName): Promise<void> {
    await rm(this.#path(name), { force: true });
  }

  /** Returns all names, in no order. Ignores other files in the folder. */
  async *names(): AsyncGenerator<BlobName> {
    for await (const { name } of await opendir(this.#folder)) {
      const known = parseBlobName(name);
      if (known !== undefined) yield known;
    }
  }

  /** Returns whether the disk keeps its free share after this many more bytes. */
  async hasRoomFor(bytes: number): Promise<boolean> {
    const { free, all } = await this.#disk(this.#folder);
    return free - bytes >= all * FREE_DISK_SHARE;
  }

  #path(name: BlobName): string {
    return join(this.#folder, name);
  }
}

async function diskOf(folder: string): Promise<Disk> {
  const { bavail, blocks, bsize } = await statfs(folder);
  return { free: bavail * bsize, all: blocks * bsize };
}
