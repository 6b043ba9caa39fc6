/** A store in a folder of its own, which is removed after the test. */
import { randomBytes } from "node:crypto";
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DATABASE_KEY_BYTES } from "./seal.ts";
import { Store } from "./store.ts";

export class StoreFolder {
  readonly path = mkdtempSync(join(tmpdir(), "parley-store-"));
  readonly databaseKey: Uint8Array = randomBytes(DATABASE_KEY_BYTES);
  readonly #stores: Store[] = [];

  open(databaseKey = this.databaseKey): ReturnType<typeof Store.open> {
    const opened = Store.open(this.path, databaseKey);
    this.#stores.push(opened.store);
    return opened;
  }

  /** @returns the folder that a crash at this moment would leave behind */
  crashImage(): StoreFolder {
    const image = new StoreFolder();
    cpSync(this.path, image.path, { recursive: true });
    image.databaseKey.set(this.databaseKey);
    return image;
  }

  /** @returns every byte of every file in it */
  bytes(): Buffer {
    return Buffer.concat(readdirSync(this.path).map((file) => readFileSync(join(this.path, file))));
  }

  remove(): void {
    for (const store of this.#stores) store.close();
    rmSync(this.path, { recursive: true, force: true });
  }
}
