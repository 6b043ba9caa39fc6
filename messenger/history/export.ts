/** Writes a chat of any length to a file, one range of messages at a time, at the speed of the disk. */
import { randomBytes } from "node:crypto";
import { createWriteStream } from "node:fs";
import { rm } from "node:fs/promises";
import { pipeline } from "node:stream/promises";
import { UsageError } from "../../protocol/errors.ts";
import type { MessageId } from "../../protocol/names.ts";
import { replaceFile } from "../../protocol/replace-file.ts";
import { diskError } from "../disk-error.ts";
import type { ChatMessage, Stretch } from "../model.ts";
import type { ExportFormat } from "./export-format.ts";

const MESSAGES_AT_A_TIME = 200;

export interface ExportJob {
  /** The path of the file. An existing file is replaced once the new one is complete. */
  readonly path: string;
  readonly format: ExportFormat;
  /** Reads a range of the chat. */
  readonly read: (stretch: Stretch) => readonly ChatMessage[] | Promise<readonly ChatMessage[]>;
  /** Returns the messages with these ids that are in the history. */
  readonly find: (ids: readonly MessageId[]) => readonly ChatMessage[] | Promise<readonly ChatMessage[]>;
  /** @param done from 0 to 1 */
  readonly onProgress: (done: number) => void;
  readonly signal: AbortSignal;
}

/**
 * Writes the messages that a chat has now, without disappearing ones, which a file would keep.
 * @returns the number of messages written
 * @throws UsageError "cancelled"; StorageError "disk-full"; other errors of the disk. The incomplete file is then removed
 */
export async function exportChat(job: ExportJob): Promise<number> {
  const { path, signal } = job;
  const partial = `${path}.${randomBytes(4).toString("hex")}.part`;
  const count = { written: 0 };
  try {
    const file = createWriteStream(partial, { flags: "wx", mode: 0o600, flush: true });
    await pipeline(text(job, count), file, { signal });
    signal.throwIfAborted();
  } catch (error) {
    await rm(partial, { force: true });
    throw signal.aborted
      ? new UsageError("cancelled", "The export was cancelled", { cause: error })
      : diskError(error);
  }
  // The new file is complete and synced: if this fails, it stays beside its target.
  await replaceFile(partial, path);
  return count.written;
}

async function* text(
  { format, read, find, onProgress }: ExportJob,
  count: { written: number },
): AsyncGenerator<string, void, void> {
  yield format.begin();
  const last = (await read({ limit: 1 }))[0]?.position ?? 0;
  const [first] = await read({ limit: 1, after: 0 });
  for (let after = 0; after < last; ) {
    const messages = (await read({ limit: MESSAGES_AT_A_TIME, after })).filter(
      ({ position }) => position <= last,
    );
    const end = messages.at(-1)?.position;
    if (end === undefined) break;
    const lasting = messages.filter(({ expiry }) => expiry === undefined);
    const quoted = new Map<MessageId | undefined, ChatMessage>(
      (await find(lasting.flatMap(({ replyTo }) => replyTo ?? []))).map((message) => [message.id, message]),
    );
    yield lasting.map((message) => format.message(message, quoted.get(message.replyTo))).join("");
    after = end;
    count.written += lasting.length;
    onProgress(
      first === undefined || last === first.position ? 1 : (end - first.position) / (last - first.position),
    );
  }
  yield format.end();
}
