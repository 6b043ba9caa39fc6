/** Reads a backup file record by record, with at most a chunk and a record in memory. */
import { open } from "node:fs/promises";
import { CHUNK_BYTES, openChunks } from "../../../protocol/e2ee/sealed-chunks.ts";
import { UsageError } from "../../../protocol/errors.ts";
import { HEADER_BYTES, readHeader } from "./header.ts";
import { type BackupRecord, decodeRecord, MAX_RECORD_BYTES } from "./records.ts";

/** Yields the records in order. @throws UsageError "backup-unknown", "backup-damaged", "wrong-passphrase"; errors of the disk */
export async function* readBackup(path: string, passphrase: string): AsyncGenerator<BackupRecord> {
  const file = await open(path, "r");
  try {
    const head = Buffer.alloc(HEADER_BYTES);
    const { bytesRead } = await file.read(head, 0, HEADER_BYTES, 0);
    const key = await readHeader(head.subarray(0, bytesRead), passphrase);
    const sealed = file.createReadStream({
      start: HEADER_BYTES,
      autoClose: false,
      highWaterMark: CHUNK_BYTES,
    });
    for await (const line of linesOf(openChunks(key, sealed, damaged))) yield decodeRecord(line);
  } finally {
    await file.close();
  }
}

function damaged(cause?: unknown): UsageError {
  return new UsageError("backup-damaged", "The backup was cut short or changed", { cause });
}

async function* linesOf(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let rest = Buffer.alloc(0);
  for await (const piece of source) {
    rest = Buffer.concat([rest, piece]);
    for (let end = rest.indexOf("\n"); end >= 0; end = rest.indexOf("\n")) {
      yield rest.subarray(0, end);
      rest = rest.subarray(end + 1);
    }
    if (rest.length > MAX_RECORD_BYTES) throw new UsageError("backup-damaged", "A record has no end");
  }
  if (rest.length > 0) throw new UsageError("backup-damaged", "The last record has no end");
}
