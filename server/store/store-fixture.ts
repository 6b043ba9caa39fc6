/** A store in a folder of its own that is deleted after the test. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { newConversationId, newMessageId, type Username, username } from "../../protocol/names.ts";
import { Opcode } from "../../protocol/wire/parley_pb.ts";
import { BlobFiles, type Disk } from "../blobs/blob-files.ts";
import { DEFAULT_LIMITS } from "../limits.ts";
import { openStore, type StoreBounds } from "./sqlite.ts";
import type { Mail, Store } from "./store.ts";

export const MIB = 1024 * 1024;

export class TemporaryStore {
  readonly path: string;
  readonly #folder = mkdtempSync(join(tmpdir(), "parley-store-"));
  readonly #opened: Store[] = [];

  constructor() {
    this.path = join(this.#folder, "parley.sqlite");
  }

  open(bounds: Partial<StoreBounds> = {}): Store {
    const store = openStore(this.path, { mailboxBytes: MIB, mailBytes: DEFAULT_LIMITS.mailBytes, ...bounds });
    this.#opened.push(store);
    return store;
  }

  get blobFolder(): string {
    return join(this.#folder, "blobs");
  }

  /**
   * @param disk returns the space that the disk appears to have
   */
  openBlobFiles(disk?: () => Promise<Disk>): BlobFiles {
    return new BlobFiles(this.blobFolder, disk);
  }

  remove(): void {
    for (const store of this.#opened) store.close();
    rmSync(this.#folder, { recursive: true });
  }
}

/** Makes a MESSAGE, with default values for everything the test does not care about. */
export function letter(store: Store, recipient: Username, given: Partial<Mail> = {}): Mail {
  return {
    place: store.mailbox.nextPlace(),
    recipient,
    sender: username("alice"),
    opcode: Opcode.MESSAGE,
    conversation: newConversationId(),
    message: newMessageId(),
    body: Buffer.from("sealed"),
    ...given,
  };
}

/** Returns up to `limit` waiting mails of that person, in order of arrival. */
export function waitingFor(store: Store, recipient: Username, limit = 1000): Mail[] {
  const { mailbox } = store;
  const all = mailbox.senders(recipient).flatMap((sender) => mailbox.after(recipient, sender, 0, limit));
  return all.toSorted((one, other) => one.place - other.place).slice(0, limit);
}
