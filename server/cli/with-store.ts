/** Opens a data folder's store beside the running server for as long as a command needs it. */

import { DEFAULT_LIMITS } from "../limits.ts";
import { type DataFolder, openDataFolder } from "../operations/data-folder.ts";
import { openStore } from "../store/sqlite.ts";
import type { Store } from "../store/store.ts";

/**
 * Runs `work` with the store.
 * @returns its result, after the store is closed.
 * @throws OperatorError; the work's error
 */
export async function withStore<Result>(
  data: string,
  work: (store: Store, folder: DataFolder) => Promise<Result>,
): Promise<Result> {
  const folder = await openDataFolder(data, { create: false });
  const store = openStore(folder.database, DEFAULT_LIMITS);
  try {
    return await work(store, folder);
  } finally {
    store.close();
  }
}
