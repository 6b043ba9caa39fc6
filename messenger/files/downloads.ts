/**
 * Fetches files of messages into sealed copies. A file counts as here once all of it was opened and its SHA-256 is the one in its message. A
 * lost line or a restart goes on where the copy ends.
 */
import type { FileHandle } from "node:fs/promises";
import type { SentFile } from "../../protocol/e2ee/kinds/files.ts";
import { sealedFileBytes } from "../../protocol/e2ee/sealed-file.ts";
import { RefusedError, TrustError, UsageError } from "../../protocol/errors.ts";
import { MAX_BLOB_PART_BYTES } from "../../protocol/limits.ts";
import type { MessageId } from "../../protocol/names.ts";
import { type Context, chatOf } from "../context.ts";
import { diskError } from "../disk-error.ts";
import type { MessengerEmitter } from "../events.ts";
import { filesOf } from "../kinds/body.ts";
import type { ChatId } from "../model.ts";
import { type FilePlace, newPlace } from "../store/file-folder.ts";
import { type FileSpot, type StoredFile, spotKey } from "../store/files.ts";
import { isShownMessage, type ShownMessage } from "../store/stored-message.ts";
import { isInterruption } from "./file-errors.ts";
import { checkCopy } from "./opened-copy.ts";
import { TransferQueue } from "./transfer-queue.ts";

/** A file by its message and its number there. */
export interface FileName {
  readonly chat: ChatId;
  readonly id: MessageId;
  readonly item: number;
}
type FileKey = `${ChatId} ${MessageId} ${number}`;

interface Found {
  readonly message: ShownMessage;
  readonly file: SentFile;
  readonly spot: FileSpot;
  readonly stored: StoredFile | undefined;
}

interface Waiter {
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

export class Downloads {
  readonly #context: Context;
  readonly #emitter: MessengerEmitter;
  readonly #queue: TransferQueue<FileKey>;
  readonly #waiters = new Map<FileKey, Waiter[]>();

  constructor(context: Context, emitter: MessengerEmitter) {
    this.#context = context;
    this.#emitter = emitter;
    this.#queue = new TransferQueue((key, signal) => this.#fetch(key, signal), context.log);
  }

  /**
   * Fetches a file, or the rest of it. Resolves once it is here.
   * @throws UsageError "wrong-state" where there is no such file, "not-connected", "cancelled", "file-damaged"; RefusedError "blob-gone"; NetworkError,
   * after which it goes on by itself; errors of the disk
   */
  async fetch(name: FileName): Promise<void> {
    const { spot, stored } = this.find(name);
    if (stored?.state === "here" && this.#copyOf(stored) !== undefined) return;
    if (stored?.state !== "wanted") this.want(name, spot, { elsewhere: stored?.state === "elsewhere" });
    const key = keyOf(name);
    await new Promise<void>((resolve, reject) => {
      const others = this.#waiters.get(key);
      if (others === undefined) this.#waiters.set(key, [{ resolve, reject }]);
      else others.push({ resolve, reject });
      this.#queue.add(key);
    });
  }

  /** Notes that a file is to be fetched. @param unasked its bytes, where nobody asked for it */
  want(name: FileName, spot: FileSpot, more: Pick<StoredFile, "unasked" | "elsewhere"> = {}): void {
    const { store } = this.#context;
    store.transaction(() => store.files.put(spot, { state: "wanted", place: newPlace(), ...more }));
    this.#tell(name);
  }

  add(name: FileName): void {
    this.#queue.add(keyOf(name));
  }

  /** Stops fetching: the part that is here goes. */
  stop(name: FileName): void {
    const { store } = this.#context;
    const { spot, stored } = this.find(name);
    this.#queue.cancel(keyOf(name));
    if (stored?.state === "wanted") {
      store.transaction(() => store.files.remove(spot));
      this.#tell(name);
    }
    this.#settle(keyOf(name), new UsageError("cancelled", "The user cancelled"));
  }

  /** @throws UsageError "wrong-state" where there is no such file any more */
  find({ chat, id, item }: FileName): Found {
    const { store } = this.#context;
    const message = store.messages.find(chatOf(store, chat).number, id);
    const file = message && isShownMessage(message) ? filesOf(message.body)[item] : undefined;
    if (message === undefined || !isShownMessage(message) || file === undefined)
      throw new UsageError("wrong-state", "That file isn't there any more");
    const spot = { message: message.position, item };
    return { message, file, spot, stored: store.files.get(spot) };
  }

  lineOpened(): void {
    const { store } = this.#context;
    for (const { message, item } of store.files.wanted()) {
      const at = store.messages.at(message);
      const chat = at && store.chats.withNumber(at.chat);
      if (at !== undefined && chat !== undefined) this.add({ chat: chat.id, id: at.id, item });
    }
    this.#queue.lineOpened();
  }

  close(): void {
    this.#queue.close();
    for (const key of this.#waiters.keys())
      this.#settle(key, new UsageError("closed", "The store was closed"));
  }

  async #fetch(key: FileKey, signal: AbortSignal): Promise<void> {
    const name = nameOf(key);
    const { store, chats } = this.#context;
    let found: Found;
    try {
      found = this.find(name);
    } catch (error) {
      this.#settle(key, error); // deleted meanwhile
      return;
    }
    const { spot, stored } = found;
    if (stored?.state !== "wanted" || stored.place === undefined) return this.#settle(key);
    try {
      await this.#complete(name, found, stored.place, signal);
      if (signal.aborted || !store.isOpen || !this.#stands(name, stored.place)) return;
      const { place, unasked } = stored;
      store.transaction(() => store.files.put(spot, { state: "here", place, unasked }));
      this.#settle(key);
    } catch (error) {
      if (signal.aborted || !store.isOpen) return;
      this.#settle(key, this.#failed(name, stored, error));
      if (isInterruption(error)) throw error;
    } finally {
      chats.fetching.delete(spotKey(spot));
      if (store.isOpen) this.#tell(name);
    }
  }

  /** Fetches all of it and checks it; a copy that was begun earlier and turns out wrong is fetched anew, once. */
  async #complete(
    name: FileName,
    { file, spot }: Found,
    place: FilePlace,
    signal: AbortSignal,
  ): Promise<void> {
    const { fileFolder } = this.#context.store;
    const whole = sealedFileBytes(file.bytes);
    const begun = Math.min(fileFolder.bytes(place) ?? 0, whole);
    const from = begun === whole ? whole : begun - (begun % MAX_BLOB_PART_BYTES);
    try {
      await this.#download(name, { file, spot, place, from, whole }, signal);
      await checkCopy(fileFolder, file, place);
    } catch (error) {
      if (!(error instanceof TrustError) || from === 0 || signal.aborted) throw error;
      await this.#download(name, { file, spot, place, from: 0, whole }, signal);
      await checkCopy(fileFolder, file, place);
    }
  }

  async #download(
    name: FileName,
    {
      file,
      spot,
      place,
      from,
      whole,
    }: Pick<Found, "file" | "spot"> & Record<"from" | "whole", number> & { place: FilePlace },
    signal: AbortSignal,
  ): Promise<void> {
    const { store, server, chats } = this.#context;
    const copy = await store.fileFolder.write(place);
    try {
      await copy.truncate(from);
      let done = from;
      let told = -1;
      for await (const part of await server.ask("downloadBlob", file.blob, whole, { signal, from })) {
        if (!store.isOpen || !this.#stands(name, place))
          throw new UsageError("cancelled", "The message is gone");
        await writeAt(copy, part, done);
        done += part.length;
        chats.fetching.set(spotKey(spot), done / whole);
        const percent = Math.floor((100 * done) / whole);
        if (percent !== told) this.#emitter.emit("transfer", { ...name, way: "down", done: percent / 100 });
        told = percent;
      }
      await copy.sync();
    } catch (error) {
      throw diskError(error);
    } finally {
      await copy.close();
    }
  }

  /** Records the state of a file that could not be fetched. @returns the error for those who wait */
  #failed(name: FileName, { elsewhere }: StoredFile, error: unknown): unknown {
    if (isInterruption(error)) return error;
    const { store } = this.#context;
    let spot: FileSpot;
    try {
      ({ spot } = this.find(name));
    } catch (gone) {
      return gone;
    }
    const isDamaged = error instanceof TrustError;
    const isGone = error instanceof RefusedError && error.code === "blob-gone";
    store.transaction(() => {
      if (isGone)
        store.files.put(spot, elsewhere ? { state: "elsewhere" } : { state: "gone", at: Date.now() });
      else if (isDamaged) store.files.put(spot, { state: "damaged" });
      else store.files.remove(spot);
    });
    return isDamaged
      ? new UsageError("file-damaged", "The file isn't the one of its message", { cause: error })
      : error;
  }

  /** @returns whether the row still names that copy: its message may have been deleted */
  #stands(name: FileName, place: FilePlace): boolean {
    try {
      return this.find(name).stored?.place === place;
    } catch {
      return false;
    }
  }

  #copyOf({ place }: StoredFile): number | undefined {
    return place && this.#context.store.fileFolder.bytes(place);
  }

  #tell({ chat, id }: FileName): void {
    const { store, chats } = this.#context;
    const message = store.messages.find(chatOf(store, chat).number, id);
    if (message !== undefined) chats.updated(message);
  }

  #settle(key: FileKey, error?: unknown): void {
    const waiters = this.#waiters.get(key) ?? [];
    this.#waiters.delete(key);
    for (const { resolve, reject } of waiters)
      if (error === undefined) resolve();
      else reject(error);
  }
}

function keyOf({ chat, id, item }: FileName): FileKey {
  return `${chat} ${id} ${item}`;
}

function nameOf(key: FileKey): FileName {
  const [chat, id, item] = key.split(" ") as [ChatId, MessageId, string];
  return { chat, id, item: Number(item) };
}

async function writeAt(file: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < bytes.length; )
    done += (await file.write(bytes, done, bytes.length - done, position + done)).bytesWritten;
}
