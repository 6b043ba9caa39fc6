/**
 * Uploads the files of parcels, and makes the message once the server has all of them, in the transaction that queues it. A parcel stays on disk
 * until then, so a restart or a lost line goes on where it stopped, and a message is made once.
 */
import { sealedFileBytes } from "../../protocol/e2ee/sealed-file.ts";
import { ParleyError, RefusedError } from "../../protocol/errors.ts";
import type { BlobId, MessageId } from "../../protocol/names.ts";
import { type Context, chatOf } from "../context.ts";
import type { Outgoing } from "../delivery/outgoing.ts";
import type { MessengerEmitter } from "../events.ts";
import type { ChatId } from "../model.ts";
import type { ParcelFile, StoredParcel } from "../store/parcels.ts";
import { isInterruption, uploadError } from "./file-errors.ts";
import { SealedCopy } from "./sealed-copy.ts";
import { TransferQueue } from "./transfer-queue.ts";

export interface ParcelName {
  readonly chat: ChatId;
  readonly id: MessageId;
}
type ParcelKey = `${ChatId} ${MessageId}`;

export class Uploads {
  readonly #context: Context;
  readonly #outgoing: Outgoing;
  readonly #emitter: MessengerEmitter;
  readonly #queue: TransferQueue<ParcelKey>;
  /** How much of each the server has, 0 to 1. */
  readonly #done = new Map<BlobId, number>();
  #dropping = false;

  constructor(context: Context, outgoing: Outgoing, emitter: MessengerEmitter) {
    this.#context = context;
    this.#outgoing = outgoing;
    this.#emitter = emitter;
    this.#queue = new TransferQueue((key, signal) => this.#upload(key, signal), context.log);
    context.store.onOutcome(() => this.#dropUnwanted());
  }

  /** @returns how much of it the server has, 0 to 1 */
  doneOf(blob: BlobId): number {
    return this.#done.get(blob) ?? 0;
  }

  add({ chat, id }: ParcelName): void {
    this.#queue.add(`${chat} ${id}`);
  }

  cancel({ chat, id }: ParcelName): void {
    this.#queue.cancel(`${chat} ${id}`);
  }

  lineOpened(): void {
    const { store } = this.#context;
    for (const { chat, id, stage } of store.parcels.all()) {
      const of = store.chats.withNumber(chat);
      if (of !== undefined && stage === "sending") this.add({ chat: of.id, id });
    }
    this.#queue.lineOpened();
    this.#dropUnwanted();
  }

  close(): void {
    this.#queue.close();
  }

  async #upload(key: ParcelKey, signal: AbortSignal): Promise<void> {
    const [chat, id] = key.split(" ") as [ChatId, MessageId];
    const name = { chat, id };
    const { store } = this.#context;
    try {
      for (const file of this.#present(name)?.files ?? []) {
        const until = await this.#uploadOne(name, file, signal);
        if (signal.aborted || !store.isOpen) return;
        this.#noteUntil(name, file.file.blob, Math.floor(until.getTime() / 1000));
      }
      const parcel = this.#present(name);
      if (parcel === undefined) return;
      await this.#outgoing.send(chat, bodyOf(parcel), id, parcel.replyTo, (position) => {
        for (const [item, { place }] of parcel.files.entries())
          store.files.put({ message: position, item }, { state: "here", place });
        store.parcels.remove(parcel);
      });
      for (const { file } of parcel.files) this.#done.delete(file.blob);
      this.#emitter.emit("parcels", { chat });
    } catch (error) {
      if (signal.aborted || !store.isOpen) return;
      this.#failed(name, uploadError(error));
    }
  }

  #present({ chat, id }: ParcelName): StoredParcel | undefined {
    const { store } = this.#context;
    return store.parcels.get(chatOf(store, chat).number, id);
  }

  async #uploadOne(name: ParcelName, { place, file }: ParcelFile, signal: AbortSignal): Promise<Date> {
    const { store, server } = this.#context;
    const { blob } = file;
    const whole = sealedFileBytes(file.bytes);
    let told = -1;
    const onProgress = (bytes: number) => {
      if (!store.isOpen) return;
      const percent = Math.floor((100 * bytes) / whole);
      this.#done.set(blob, percent / 100);
      const item = this.#present(name)?.files.findIndex((one) => one.file.blob === blob) ?? -1;
      if (percent === told || item < 0) return;
      told = percent;
      this.#emitter.emit("transfer", { ...name, item, way: "up", done: percent / 100 });
    };
    const copy = await SealedCopy.open(store.fileFolder, place, whole);
    try {
      return await server.ask("uploadBlob", blob, copy, { signal, onProgress });
    } finally {
      await copy.close();
    }
  }

  #noteUntil(name: ParcelName, blob: BlobId, until: number): void {
    const { store } = this.#context;
    store.transaction(() => {
      const parcel = this.#present(name);
      if (parcel === undefined) return;
      const files = parcel.files.map((one) =>
        one.file.blob === blob ? { ...one, file: { ...one.file, until } } : one,
      );
      store.parcels.put({ ...parcel, files });
    });
  }

  /** @throws the error where the upload goes on by itself */
  #failed(name: ParcelName, error: unknown): void {
    if (isInterruption(error)) throw error;
    const { store, log } = this.#context;
    if (!(error instanceof ParleyError)) log.error(`Files were not sent: ${String(error)}`);
    const failure = error instanceof ParleyError ? error.code : "file-unreadable";
    store.transaction(() => {
      const parcel = this.#present(name);
      if (parcel !== undefined) store.parcels.put({ ...parcel, stage: "failed", failure });
    });
    this.#emitter.emit("parcels", { chat: name.chat });
  }

  /** Has the server drop blobs that nobody needs any more, one at a time; without a line, at the next one. */
  #dropUnwanted(): void {
    const { server, log } = this.#context;
    if (this.#dropping || server.line === undefined) return;
    this.#dropping = true;
    this.#dropAll()
      .catch((error: unknown) => {
        if (!isInterruption(error)) log.error(`A blob was not dropped: ${String(error)}`);
      })
      .finally(() => {
        this.#dropping = false;
      });
  }

  async #dropAll(): Promise<void> {
    const { store, server } = this.#context;
    for (;;) {
      const next = store.isOpen ? store.unwantedBlobs.first() : undefined;
      if (next === undefined) return;
      const { number, blob } = next;
      if (blob !== undefined)
        await server.ask("dropBlob", blob).catch((error: unknown) => {
          if (!(error instanceof RefusedError) || isInterruption(error)) throw error;
        });
      if (store.isOpen) store.unwantedBlobs.remove(number);
    }
  }
}

/** @returns the message that a parcel becomes */
export function bodyOf({ files, caption }: Pick<StoredParcel, "files" | "caption">) {
  return { kind: "files", files: files.map(({ file }) => file), caption } as const;
}
