/**
 * Opens files for the screen, in memory: pictures that are pictures by their bytes, and texts. All of a file is opened and checked before the
 * first part of it is returned. One is in memory at a time, for all windows, so that their requests can't add up.
 */
import type { SentFile } from "../../protocol/e2ee/kinds/files.ts";
import { TrustError, UsageError } from "../../protocol/errors.ts";
import type { Params } from "../calls.ts";
import type { Context } from "../context.ts";
import type { FilePart, ShownPicture } from "../model.ts";
import { readPicture } from "../pictures/picture.ts";
import type { FilePlace } from "../store/file-folder.ts";
import type { Downloads } from "./downloads.ts";
import { openedCopy } from "./opened-copy.ts";

/** Of a picture, in its file. A photo of 16 megapixels has 4 to 12. */
const MAX_PICTURE_BYTES = 16 * 1024 * 1024;
/** Of a text. VS Code itself turns highlighting and wrapping off for larger ones. */
const MAX_TEXT_BYTES = 5 * 1024 * 1024;
/** Of one part, so that other calls on the pipe between windows wait for no more. */
const PART_BYTES = 1024 * 1024;
/** Milliseconds after which a file is closed whose parts nobody asks for any more. */
const IDLE_MS = 10_000;

type Wanted = Params<"readFile">;

interface Opened {
  readonly key: string;
  readonly bytes: Buffer;
  /** Absent for a text. */
  readonly picture?: ShownPicture;
}
type Refusal = Extract<FilePart, { readonly kind: "not-shown" }>;

export class OpenedFiles {
  readonly #context: Pick<Context, "store" | "chats">;
  readonly #downloads: Downloads;
  #opened: Opened | undefined;
  #idle: NodeJS.Timeout | undefined;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(context: Pick<Context, "store" | "chats">, downloads: Downloads) {
    this.#context = context;
    this.#downloads = downloads;
  }

  /** Returns a part of a file that is here. @throws as the call readFile */
  read(wanted: Wanted): Promise<FilePart> {
    const part = this.#turn.then(() => this.#read(wanted));
    this.#turn = part.catch(() => undefined);
    return part;
  }

  close(): void {
    clearTimeout(this.#idle);
    this.#opened = undefined;
  }

  async #read({ offset, ...wanted }: Wanted): Promise<FilePart> {
    const file = await this.#open(wanted);
    if ("kind" in file) return file;
    const { bytes, picture } = file;
    if (offset > bytes.length) throw new UsageError("bad-argument", "The file ends before that offset");
    const data = bytes.subarray(offset, offset + PART_BYTES).toString("base64");
    if (offset + PART_BYTES >= bytes.length) this.close();
    const part = { bytes: bytes.length, data };
    return picture === undefined ? { kind: "text", ...part } : { kind: "picture", picture, ...part };
  }

  async #open({ as, ...name }: Omit<Wanted, "offset">): Promise<Opened | Refusal> {
    const { file, spot, stored, message } = this.#downloads.find(name);
    if (stored?.state !== "here" || stored.place === undefined)
      throw new UsageError("wrong-state", "That file isn't on this computer");
    const key = `${as} ${stored.place}`;
    if (this.#opened?.key !== key) {
      this.close();
      if (file.bytes > (as === "picture" ? MAX_PICTURE_BYTES : MAX_TEXT_BYTES)) return notShown("too-large");
      const bytes = await this.#bytesOf(file, stored.place).catch((error: unknown) => {
        if (!(error instanceof TrustError)) throw error;
        const { store, chats } = this.#context;
        store.transaction(() => store.files.put(spot, { state: "damaged" }));
        chats.updated(message);
        throw new UsageError("file-damaged", "The copy isn't the file of its message", { cause: error });
      });
      const opened = as === "picture" ? pictureIn(key, bytes) : textIn(key, bytes);
      if ("kind" in opened) return opened;
      this.#opened = opened;
    }
    clearTimeout(this.#idle);
    this.#idle = setTimeout(() => this.close(), IDLE_MS).unref();
    return this.#opened;
  }

  async #bytesOf(file: SentFile, place: FilePlace): Promise<Buffer> {
    const pieces: Uint8Array[] = [];
    for await (const piece of openedCopy(this.#context.store.fileFolder, file, place)) pieces.push(piece);
    return Buffer.concat(pieces);
  }
}

function pictureIn(key: string, bytes: Buffer): Opened | Refusal {
  const read = readPicture(bytes);
  if (read.kind !== "picture") return notShown(read.kind);
  const { type, width, height, frames } = read;
  return { key, bytes, picture: { type, width, height, frames } };
}

function textIn(key: string, bytes: Buffer): Opened | Refusal {
  try {
    new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return notShown("no-text");
  }
  return bytes.includes(0) ? notShown("no-text") : { key, bytes };
}

function notShown(why: Refusal["why"]): Refusal {
  return { kind: "not-shown", why };
}
