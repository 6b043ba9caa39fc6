/** Opens sealed copies, a piece at a time: the file is never in memory as a whole, and on disk only sealed. */
import { createSecretKey } from "node:crypto";
import type { SentFile } from "../../protocol/e2ee/kinds/files.ts";
import { openFile } from "../../protocol/e2ee/sealed-file.ts";
import type { FileFolder, FilePlace } from "../store/file-folder.ts";

const READ_BYTES = 256 * 1024;

/**
 * Yields the bytes of a file. They are valid only once the last piece has come: its SHA-256 is checked then.
 * @param file as its message describes it
 * @throws TrustError "undecryptable" where the copy is of another file; errors of the disk
 */
export async function* openedCopy(
  folder: FileFolder,
  { key, bytes, sha256 }: SentFile,
  place: FilePlace,
): AsyncGenerator<Uint8Array> {
  const copy = await folder.read(place);
  try {
    const sealed = copy.createReadStream({ autoClose: false, highWaterMark: READ_BYTES });
    const facts = { bytes, sha256: Buffer.from(sha256, "hex") };
    yield* openFile(createSecretKey(Buffer.from(key, "hex")), facts, sealed);
  } finally {
    await copy.close();
  }
}

/** Reads a whole copy and checks it. @throws as openedCopy() */
export async function checkCopy(folder: FileFolder, file: SentFile, place: FilePlace): Promise<void> {
  for await (const _ of openedCopy(folder, file, place));
}
