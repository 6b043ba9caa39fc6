/** A store in a folder of its own, which is removed after the test, and a message in it. */
import { randomBytes } from "node:crypto";
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { newMessageId, username } from "../../protocol/names.ts";
import { directChat } from "../chats/direct.ts";
import { DATABASE_KEY_BYTES } from "./seal.ts";
import { Store } from "./store.ts";
import type { StoredMessage } from "./stored-message.ts";

export const [ALICE, BOB] = [username("alice"), username("bob-the-builder")] as const;
export const CAROL = username("carol");
export const [WITH_BOB, WITH_CAROL] = [directChat(BOB), directChat(CAROL)] as const;

export class StoreFolder {
  readonly path = mkdtempSync(join(tmpdir(), "parley-store-"));
  readonly databaseKey: Uint8Array = randomBytes(DATABASE_KEY_BYTES);
  readonly #stores: Store[] = [];
  readonly #others: StoreFolder[] = [];

  open(databaseKey = this.databaseKey): ReturnType<typeof Store.open> {
    const opened = Store.open(this.path, databaseKey);
    this.#stores.push(opened.store);
    return opened;
  }

  /** @returns another folder, which is removed with this one */
  another(): StoreFolder {
    const other = new StoreFolder();
    this.#others.push(other);
    return other;
  }

  /** @returns the folder that a crash at this moment would leave behind */
  crashImage(): StoreFolder {
    const image = this.another();
    cpSync(this.path, image.path, { recursive: true });
    image.databaseKey.set(this.databaseKey);
    return image;
  }

  /** @returns every byte of every file in it */
  bytes(): Buffer {
    return Buffer.concat(readdirSync(this.path).map((file) => readFileSync(join(this.path, file))));
  }

  remove(): void {
    for (const other of this.#others) other.remove();
    for (const store of this.#stores) store.close();
    rmSync(this.path, { recursive: true, force: true });
  }
}

/** Adds a message of alice, to bob-the-builder where nobody else is named, that waits to be sent. */
export function say(store: Store, text: string, to = BOB): StoredMessage {
  return store.transaction(() => {
    const body = { kind: "text", text } as const;
    const message = {
      chat: store.chats.ensure(directChat(to)).number,
      id: newMessageId(),
      author: ALICE,
      receivers: [{ person: to, receipt: undefined }],
      at: 1234,
      storedAt: 1234,
      body,
      state: "waiting",
    } as const;
    return store.messages.add(message);
  });
}
