/** Returns the states of a message's files on this computer, as they are shown. */
import { filesOf } from "../kinds/body.ts";
import type { FileState } from "../model.ts";
import { type FileRecords, type StoredFile, spotKey } from "../store/files.ts";
import type { ShownMessage } from "../store/stored-message.ts";

/**
 * @param fetching how much is here of each file that is being fetched, 0 to 1, by spotKey()
 * @returns the state of each of its files, in their order
 */
export function fileStates(
  { position, body }: ShownMessage,
  records: FileRecords,
  fetching: ReadonlyMap<string, number>,
): readonly FileState[] {
  const files = filesOf(body);
  const stored = files.length === 0 ? undefined : records.of(position);
  return files.map((_, item) =>
    fileState(stored?.get(item), fetching.get(spotKey({ message: position, item }))),
  );
}

function fileState(stored: StoredFile | undefined, done = 0): FileState {
  if (stored === undefined) return { type: "there" };
  const { state, at } = stored;
  switch (state) {
    case "wanted":
      return { type: "fetching", done };
    case "here":
      return at === undefined ? { type: "here" } : { type: "here", savedAt: at };
    case "gone":
      return { type: "gone", since: at ?? 0 };
    case "damaged":
    case "elsewhere":
      return { type: state };
  }
}
