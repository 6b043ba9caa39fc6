/**
 * Takes the file that a page hands over, in pieces. One file at a time and one piece of it: a page takes up no more memory than that, names
 * neither a path nor another page's file, and leaves nothing of a file that it doesn't end.
 */
import type { SharedMessenger } from "../../../../messenger/sharing/shared-messenger.ts";
import type { PageMessage } from "../../../contract/page-message.ts";

type Piece = Extract<PageMessage, { type: "attachPiece" }>;
type Calls = Pick<SharedMessenger["calls"], "attachPiece" | "stopPieces">;
type Parcel = Pick<Parameters<Calls["attachPiece"]>[0], "chat" | "id">;

export interface IncomingFileParts {
  readonly calls: Calls;
  /** Returns the parcel that a new file belongs to. */
  readonly parcel: () => Parcel;
  readonly newKey: () => string;
  /** Called when the messenger has all of a file. The page gets its answer afterwards. */
  readonly complete: () => Promise<void>;
  readonly taken: (file: string) => void;
  readonly refused: (file: string, name: string, error: unknown) => void;
  readonly log: (error: unknown) => void;
}

interface Incoming {
  /** The page's id for it. */
  readonly file: string;
  readonly parcel: Parcel;
  /** As the messenger knows it: its id there, which no other page can know, and what the page said first. */
  readonly facts: { readonly file: string; readonly name: string; readonly bytes: number };
  taking: boolean;
}

export class IncomingFile {
  readonly #parts: IncomingFileParts;
  #incoming: Incoming | undefined;

  constructor(parts: IncomingFileParts) {
    this.#parts = parts;
  }

  /** Passes on a piece. The page sends the next one when it has its answer; a page that doesn't wait loses the file. */
  async piece({ file, name, bytes, offset, data }: Piece): Promise<void> {
    const { calls, parcel, newKey, complete, taken, refused } = this.#parts;
    if (this.#incoming === undefined && offset === 0)
      this.#incoming = { file, parcel: parcel(), facts: { file: newKey(), name, bytes }, taking: false };
    const incoming = this.#incoming;
    if (incoming?.file !== file) return; // given up meanwhile, or a second file
    if (incoming.taking) {
      this.end();
      return;
    }
    incoming.taking = true;
    try {
      const base64 = Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString("base64");
      const whole = await calls.attachPiece({ ...incoming.parcel, ...incoming.facts, offset, data: base64 });
      incoming.taking = false;
      if (whole !== undefined) {
        if (this.#incoming === incoming) this.#incoming = undefined;
        await complete();
      }
      taken(file);
    } catch (error) {
      if (this.#incoming !== incoming) return;
      this.end();
      refused(file, name, error);
    }
  }

  stop(file: string): void {
    if (this.#incoming?.file === file) this.end();
  }

  /** Gives up the file. @returns its name, if there is one */
  end(): string | undefined {
    const incoming = this.#incoming;
    if (incoming === undefined) return undefined;
    const { calls, log } = this.#parts;
    this.#incoming = undefined;
    calls.stopPieces({ file: incoming.facts.file }).catch(log);
    return incoming.facts.name;
  }
}
