/** Prints the progress of files, one line for each quarter, and the files that were not sent. */
import type { SharedMessenger } from "../messenger/sharing/shared-messenger.ts";
import type { MessageId } from "../protocol/names.ts";
import type { Screen } from "./screen.ts";
import { fileWords } from "./words/files.ts";

/** Prints news of files until the messenger is disposed of. */
export function printFileNews(messenger: SharedMessenger, screen: Screen): void {
  const quarters = new Map<string, number>();
  const told = new Set<MessageId>();
  messenger.on("transfer", (transfer) => {
    const { chat, id, item, way, done } = transfer;
    const key = `${way} ${id} ${item}`;
    const quarter = Math.floor(4 * done);
    const before = quarters.get(key) ?? 0;
    quarters.set(key, quarter);
    // At the end the message, or the path, is printed.
    if (quarter === 4) quarters.delete(key);
    else if (quarter > before) screen.print(fileWords.progress(transfer, messenger.chat(chat)), "notice");
  });
  messenger.on("parcels", ({ chat }) => {
    const print = async () => {
      for (const parcel of await messenger.calls.parcels({ chat })) {
        if (parcel.stage !== "failed") told.delete(parcel.id);
        else if (!told.has(parcel.id)) {
          told.add(parcel.id);
          screen.print(fileWords.notSent(parcel, messenger.chat(chat)), "alert");
        }
      }
    };
    print().catch(() => {}); // the messenger is closing
  });
}
