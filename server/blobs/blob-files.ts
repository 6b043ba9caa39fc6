/** The files of blobs, one a blob, in a folder beside the database. Knows nothing of owners and bounds: blob-store.ts does. */
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

/** A part that doesn't go on where the file ends. */
export class WrongOffset extends Error {}

export interface Disk {
  /** Bytes that an ordinary program may still write, of so many. */
  readonly free: number;
  readonly all: number;
}

export class BlobFiles {
  readonly #folder: string;
  readonly #disk: (folder: string) => Promise<Disk>;

  /** @param folder made where it is missing, private to its owner. @param disk the disk that it is on. @throws errors of the disk */
  constructor(folder: string, disk = diskOf) {
    this.#folder = folder;
    this.#disk = disk;
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  }

  /** @returns bytes; undefined where there is no file */
  size(name: BlobName): number | undefined {
    return statSync(this.#path(name), { throwIfNoEntry: false })?.size;
  }

  /**
   * Writes a part behind all before it; whether it is on the disk, sync() tells. Not asynchronous: the system takes the bytes into its
   * memory, and none of them waits in ours.
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

  /** Resolves once all that was appended is on the disk. @param first the file may be new in its folder */
  async sync(name: BlobName, first: boolean): Promise<void> {
    const file = await open(this.#path(name), "r+");
    try {
      await file.datasync();
    } finally {
      await file.close();
    }
    if (first) await syncDirectory(this.#folder);
  }

  /** @returns up to `length` bytes, fewer at the end of the file. @throws errors of the disk */
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

  /** Cuts a file that may be longer, or removes it. While nobody else works at it. */
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

  /** A file that there isn't is removed already. */
  async remove(name: BlobName): Promise<void> {
    await rm(this.#path(name), { force: true });
  }

  /** In no order. Other files in the folder are not ours. */
  async *names(): AsyncGenerator<BlobName> {
    for await (const { name } of await opendir(this.#folder)) {
      const known = parseBlobName(name);
      if (known !== undefined) yield known;
    }
  }

  /** @returns whether the disk has its free share after so many bytes more */
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
