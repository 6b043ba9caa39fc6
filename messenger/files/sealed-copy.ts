/** A sealed copy on disk as the source of an upload, read in parts as the server takes them. */
import type { FileHandle } from "node:fs/promises";
import type { BlobSource } from "../../protocol/client/blobs.ts";
import type { FileFolder, FilePlace } from "../store/file-folder.ts";

export class SealedCopy implements BlobSource {
  readonly bytes: number;
  readonly #file: FileHandle;

  private constructor(file: FileHandle, bytes: number) {
    this.#file = file;
    this.bytes = bytes;
  }

  /** @throws errors of the disk */
  static async open(folder: FileFolder, place: FilePlace, bytes: number): Promise<SealedCopy> {
    return new SealedCopy(await folder.read(place), bytes);
  }

  async read(offset: number, length: number): Promise<Uint8Array> {
    const part = Buffer.alloc(length);
    const { bytesRead } = await this.#file.read(part, 0, length, offset);
    return part.subarray(0, bytesRead);
  }

  close(): Promise<void> {
    return this.#file.close();
  }
}
