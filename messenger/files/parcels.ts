/** Parcels: the files that a user puts together, and sends as one message. Uploads carry them away. */
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { basename, isAbsolute } from "node:path";
import { encodeContent } from "../../protocol/e2ee/content.ts";
import { sealedFileBytes } from "../../protocol/e2ee/sealed-file.ts";
import { UsageError } from "../../protocol/errors.ts";
import { MAX_FILE_BYTES, MAX_FILES, MAX_PREVIEW_BYTES } from "../../protocol/limits.ts";
import type { Params } from "../calls.ts";
import { type Context, chatOf } from "../context.ts";
import type { MessengerEmitter } from "../events.ts";
import type { AttachedPicture, ChatId, Parcel } from "../model.ts";
import { readPicture } from "../pictures/picture.ts";
import type { FilePlace } from "../store/file-folder.ts";
import type { ParcelFile, StoredParcel } from "../store/parcels.ts";
import { pathError } from "./file-errors.ts";
import { openedCopy } from "./opened-copy.ts";
import { Pieces } from "./pieces.ts";
import { stageFile } from "./staging.ts";
import { bodyOf, type ParcelName, type Uploads } from "./uploads.ts";

/** Files that come in pieces at the same time. */
const MAX_INCOMING = MAX_FILES;
/** Pixels. */
const MAX_PREVIEW_SIDE = 320;
const READ_BYTES = 256 * 1024;
/** Of all copies that wait for their message. More where that many of the largest files fit into one message. */
const MAX_WAITING_BYTES = 1024 * 1024 * 1024;
/** The largest picture that is opened before it is sent. */
const MAX_SHOWN_BYTES = 8 * 1024 * 1024;

interface Incoming {
  readonly pieces: Pieces;
  readonly staged: Promise<Parcel>;
}

interface Wanted {
  readonly name: string;
  readonly description: string;
  /** Also a picture whose metadata can't be cut. */
  readonly asIs: boolean;
}

export class Parcels {
  readonly #context: Pick<Context, "store" | "server">;
  readonly #uploads: Uploads;
  readonly #emitter: MessengerEmitter;
  readonly #incoming = new Map<string, Incoming>();
  readonly #stop = new AbortController();

  constructor(context: Pick<Context, "store" | "server">, uploads: Uploads, emitter: MessengerEmitter) {
    this.#context = context;
    this.#uploads = uploads;
    this.#emitter = emitter;
  }

  list({ chat: id }: Params<"parcels">): readonly Parcel[] {
    const { store } = this.#context;
    const chat = store.chats.get(id);
    return chat === undefined ? [] : store.parcels.all(chat.number).map((parcel) => this.#view(id, parcel));
  }

  /** Adds a file of this computer's disk. */
  async attachFile({
    path,
    description = "",
    asIs = false,
    ...parcel
  }: Params<"attachFile">): Promise<Parcel> {
    if (!isAbsolute(path)) throw new UsageError("bad-argument", "The path of a file is absolute");
    try {
      const found = await stat(path);
      if (!found.isFile()) throw new UsageError("file-unreadable", "That is no file");
      this.#assertTaken(found.size);
      const source = createReadStream(path, { highWaterMark: READ_BYTES });
      return await this.#attach(parcel, source, { name: basename(path), description, asIs });
    } catch (error) {
      throw pathError(error);
    }
  }

  /** Adds the next piece of a file. @returns the parcel, once the last piece is in */
  async attachPiece(params: Params<"attachPiece">): Promise<Parcel | undefined> {
    const { file, bytes, offset, data } = params;
    const { pieces, staged } = this.#incoming.get(file) ?? this.#begin(params);
    if (bytes === 0) return staged;
    const piece = Buffer.from(data, "base64");
    await pieces.add(offset, piece);
    return pieces.stopped || offset + piece.length === bytes ? staged : undefined;
  }

  /** Gives up a file that comes in pieces. */
  stopPieces({ file }: Params<"stopPieces">): void {
    this.#incoming.get(file)?.pieces.stop();
  }

  #begin({ chat, id, file, name, bytes, offset, asIs = false }: Params<"attachPiece">): Incoming {
    if (offset !== 0) throw new UsageError("bad-argument", "No such file comes in");
    if (this.#incoming.size >= MAX_INCOMING)
      throw new UsageError("files-waiting", "MAX_INCOMING files come in at the same time");
    this.#assertTaken(bytes);
    const pieces = new Pieces(bytes);
    const staged = this.#attach({ chat, id }, pieces, { name, description: "", asIs }).finally(() => {
      this.#incoming.delete(file);
      pieces.stop();
    });
    staged.catch(() => {}); // told to the caller of the piece after which it failed
    const incoming = { pieces, staged };
    this.#incoming.set(file, incoming);
    return incoming;
  }

  async #attach(
    parcel: ParcelName,
    source: AsyncIterable<Uint8Array>,
    { name, description, asIs }: Wanted,
  ): Promise<Parcel> {
    const { store } = this.#context;
    this.#withRoom(parcel);
    const order = { name, description, most: this.#mostBytes, signal: this.#stop.signal };
    const file = await stageFile(store.fileFolder, source, order);
    try {
      if (file.metadata === "kept" && !asIs)
        throw new UsageError("metadata-kept", "The metadata of the picture can't be cut");
      if (!store.isOpen) throw new UsageError("closed", "The store was closed meanwhile");
      this.#assertTaken(file.file.bytes);
      return this.#change(parcel, () => {
        const { files, ...rest } = this.#withRoom(parcel);
        return { ...rest, files: [...files, file] };
      });
    } catch (error) {
      store.fileFolder.remove(file.place);
      throw error;
    }
  }

  detachFile({ copy, ...parcel }: Params<"detachFile">): Parcel {
    return this.#change(parcel, () => {
      const before = this.#open(parcel);
      const gone = fileAt(before, copy);
      this.#context.store.parcels.discardFile(before, gone);
      return { ...before, files: before.files.filter((one) => one !== gone) };
    });
  }

  describeFile({ copy, description, preview, ...parcel }: Params<"describeFile">): Parcel {
    if (preview !== undefined && preview !== "" && !isPreview(Buffer.from(preview, "base64")))
      throw new UsageError("bad-argument", "A preview is a small JPEG or WebP");
    const described = ({ file, ...rest }: ParcelFile): ParcelFile => {
      const picture = file.picture && { ...file.picture, preview: preview ?? file.picture.preview };
      return {
        ...rest,
        file: { ...file, description: description ?? file.description, ...(picture && { picture }) },
      };
    };
    return this.#change(parcel, () => {
      const before = this.#open(parcel);
      const one = fileAt(before, copy);
      return { ...before, files: before.files.map((other) => (other === one ? described(one) : other)) };
    });
  }

  /** Opens a picture that is attached. @returns undefined where the page must not draw it: it is no picture, or out of bounds */
  async attachedPicture({ chat, id, copy }: Params<"attachedPicture">): Promise<AttachedPicture | undefined> {
    const { store } = this.#context;
    const { file } = fileAt(this.#open({ chat, id }), copy);
    if (file.picture === undefined || file.bytes > MAX_SHOWN_BYTES) return undefined;
    const pieces: Uint8Array[] = [];
    for await (const piece of openedCopy(store.fileFolder, file, copy)) pieces.push(piece);
    const bytes = Buffer.concat(pieces);
    const picture = readPicture(bytes);
    if (picture.kind !== "picture") return undefined;
    return { type: picture.type, data: bytes.toString("base64") };
  }

  /** Sends a parcel: uploads its files, then makes the message. Asked again, it goes on. */
  send({ caption = "", replyTo, ...name }: Params<"sendFiles">): void {
    const { store } = this.#context;
    const { number, phase } = chatOf(store, name.chat);
    if (store.messages.find(number, name.id) !== undefined) return; // asked again, and done
    if (phase !== "open") throw new UsageError("wrong-state", `No conversation of ${name.chat} is open`);
    const parcel = store.parcels.get(number, name.id);
    if (parcel === undefined || parcel.files.length === 0)
      throw new UsageError("wrong-state", "There are no files to send");
    if (parcel.stage === "sending") {
      this.#uploads.add(name); // asked again: its caption stays
      return;
    }
    const sending = { ...parcel, caption, replyTo, stage: "sending", failure: undefined } as const;
    encodeContent({ sentAt: Date.now(), ...bodyOf(sending) }); // too large is told now
    this.#change(name, () => sending);
    this.#uploads.add(name);
  }

  /** Takes a parcel back, also on its way: its copies go, and the server is told to drop the part that it has. */
  cancel(name: Params<"cancelFiles">): void {
    const { store } = this.#context;
    this.#uploads.cancel(name);
    const parcel = store.parcels.get(chatOf(store, name.chat).number, name.id);
    if (parcel === undefined) return;
    store.transaction(() => store.parcels.discard(parcel));
    this.#emitter.emit("parcels", { chat: name.chat });
  }

  close(): void {
    this.#stop.abort();
    for (const { pieces } of this.#incoming.values()) pieces.stop();
  }

  /** @returns the parcel, one that is begun where there is none. @throws UsageError "wrong-state" where it is on its way */
  #open({ chat: of, id }: ParcelName): StoredParcel {
    const { store } = this.#context;
    const chat = chatOf(store, of).number;
    const parcel = store.parcels.get(chat, id) ?? { chat, id, caption: "", stage: "open", files: [] };
    if (store.messages.find(chat, id) !== undefined || parcel.stage === "sending")
      throw new UsageError("wrong-state", "Those files are on their way");
    return parcel;
  }

  #withRoom(name: ParcelName): StoredParcel {
    const parcel = this.#open(name);
    if (parcel.files.length < MAX_FILES) return parcel;
    throw new UsageError("too-many-files", "A message has MAX_FILES files");
  }

  #change(name: ParcelName, make: () => StoredParcel): Parcel {
    const { store } = this.#context;
    const parcel = store.transaction(() => {
      const made = make();
      store.parcels.put(made);
      return made;
    });
    this.#emitter.emit("parcels", { chat: name.chat });
    return this.#view(name.chat, parcel);
  }

  get #mostBytes(): number {
    const most = this.#context.server.line?.maxBlobBytes;
    if (most === 0) throw new UsageError("files-off", "The server keeps no files");
    return Math.min(MAX_FILE_BYTES, most ?? MAX_FILE_BYTES);
  }

  /** @throws UsageError "files-off", "file-too-large", as far as it can be told now */
  #assertTaken(bytes: number): void {
    if (bytes > MAX_FILE_BYTES || sealedFileBytes(bytes) > this.#mostBytes)
      throw new UsageError("file-too-large", `The server keeps no file of ${bytes} bytes`);
    const waiting = this.#context.store.parcels.all().flatMap(({ files }) => files);
    const room = Math.max(MAX_WAITING_BYTES, MAX_FILES * this.#mostBytes);
    if (waiting.reduce((sum, { file }) => sum + file.bytes, bytes) > room)
      throw new UsageError("files-waiting", `More than ${room} bytes of files wait to be sent`);
  }

  #view(chat: ChatId, { id, caption, replyTo, stage, failure, files }: StoredParcel): Parcel {
    return {
      ...{ id, chat, caption, stage },
      ...(replyTo !== undefined && { replyTo }),
      ...(failure !== undefined && { failure }),
      files: files.map(({ place, metadata, file: { name, type, bytes, description, picture, blob } }) => ({
        ...{ copy: place, name, type, bytes, description, metadata, done: this.#uploads.doneOf(blob) },
        ...(picture !== undefined && { picture }),
      })),
    };
  }
}

/** @throws UsageError "wrong-state" where the parcel has no such file any more */
function fileAt({ files }: StoredParcel, copy: FilePlace): ParcelFile {
  const file = files.find(({ place }) => place === copy);
  if (file === undefined) throw new UsageError("wrong-state", "That file isn't attached any more");
  return file;
}

/** @param bytes from a page */
function isPreview(bytes: Uint8Array): boolean {
  const picture = readPicture(bytes);
  return (
    bytes.length <= MAX_PREVIEW_BYTES &&
    picture.kind === "picture" &&
    (picture.type === "image/jpeg" || picture.type === "image/webp") &&
    Math.max(picture.width, picture.height) <= MAX_PREVIEW_SIDE
  );
}
