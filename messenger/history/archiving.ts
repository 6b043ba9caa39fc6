/** Runs one backup or restore at a time, with progress and cancellation. */
import { UsageError } from "../../protocol/errors.ts";
import type { Identity } from "../../protocol/identity/identity.ts";
import type { StoreKeys } from "../account/store-keys.ts";
import type { Store } from "../store/store.ts";
import { type RestoreOrder, stageRestore } from "./backup/restore.ts";
import { writeBackup } from "./backup/write.ts";

type Wanted = Pick<RestoreOrder, "path" | "passphrase">;

export class Archiving {
  readonly #tell: (done: number) => void;
  #current: AbortController | undefined;

  /** @param tell called for each per cent of progress, with a value from 0 to 1 */
  constructor(tell: (done: number) => void) {
    this.#tell = tell;
  }

  backUp(store: Store, identity: Identity, wanted: Wanted): Promise<void> {
    return this.#run(wanted, (order) => writeBackup(store, identity, order));
  }

  /** Writes a backup with the keys of the store and without messages. */
  saveRecoveryFile(store: Store, identity: Identity, keys: StoreKeys, wanted: Wanted): Promise<void> {
    return this.#run(wanted, async (order) => {
      const databaseKey = await keys.databaseKey();
      try {
        await writeBackup(store, identity, { ...order, storeKeys: { store: keys.id, databaseKey } });
      } finally {
        databaseKey.fill(0);
      }
    });
  }

  /** @returns the seed of the restored identity */
  restore(keys: StoreKeys, wanted: Wanted): Promise<Uint8Array> {
    return this.#run(wanted, (order) => stageRestore(keys, order));
  }

  stop(): void {
    this.#current?.abort();
  }

  async #run<Result>(wanted: Wanted, work: (order: RestoreOrder) => Promise<Result>): Promise<Result> {
    if (this.#current !== undefined)
      throw new UsageError("wrong-state", "A backup or a restore is under way already");
    const current = new AbortController();
    this.#current = current;
    let told = 0;
    const onProgress = (done: number) => {
      const percent = Math.floor(done * 100);
      if (percent > told) this.#tell(percent / 100);
      told = Math.max(told, percent);
    };
    try {
      return await work({ ...wanted, onProgress, signal: current.signal });
    } finally {
      this.#current = undefined;
    }
  }
}
