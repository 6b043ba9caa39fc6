/**
 * Everything one window reported and showed, written to disk before it counts as shown, so that a kill does
 * not destroy the evidence.
 */
import { existsSync, fsyncSync, openSync, readFileSync, writeSync } from "node:fs";
import * as v from "valibot";

const OutgoingStateSchema = v.picklist(["waiting", "sending", "sent", "delivered", "read", "failed"]);

/** A message as a window shows it. */
export const ShownSchema = v.object({
  id: v.string(),
  peer: v.string(),
  mine: v.boolean(),
  /** As it was first written, or the name of a file; undefined: an event line of the conversation, or a deleted message. */
  text: v.optional(v.string()),
  /** All that both people see of it: its present version, what it replies to, its reactions. */
  content: v.optional(v.string()),
  deleted: v.optional(v.boolean()),
  /** Times. */
  edited: v.optional(v.number()),
  /** The states of this user's changes of it that not all people have. */
  changes: v.optional(v.array(OutgoingStateSchema)),
  event: v.optional(v.string()),
  state: v.optional(OutgoingStateSchema),
  failure: v.optional(v.string()),
});
export type Shown = v.InferOutput<typeof ShownSchema>;

const EntrySchema = v.variant("kind", [
  /** The user pressed Enter. */
  v.object({ kind: v.literal("entered"), peer: v.string(), text: v.string(), id: v.optional(v.string()) }),
  /** The composer was told that the message is stored. */
  v.object({ kind: v.literal("accepted"), text: v.string(), id: v.string() }),
  /** The composer was told that it is not stored, and why. */
  v.object({ kind: v.literal("refused"), text: v.string(), code: v.string() }),
  /** The user was told that a change of that message is stored. */
  v.object({ kind: v.literal("changed"), id: v.string(), by: v.picklist(["edit", "delete"]) }),
  /** A file that was offered as complete isn't the one that was sent, or one that was sent cannot be fetched. */
  v.object({ kind: v.literal("bad-file"), id: v.string(), peer: v.string(), what: v.string() }),
  v.object({ kind: v.literal("added"), message: ShownSchema }),
  v.object({ kind: v.literal("updated"), message: ShownSchema }),
  /** A notification. */
  v.object({ kind: v.literal("notified"), id: v.string(), peer: v.string() }),
  /** The user asked for a failed message to be sent again. */
  v.object({ kind: v.literal("retried"), id: v.string() }),
  /** The messenger could not be opened, or logged an error. */
  v.object({ kind: v.literal("trouble"), what: v.string() }),
  /** The window closed cleanly: calls unanswered by then were never answered. */
  v.object({ kind: v.literal("closed") }),
]);
export type Entry = v.InferOutput<typeof EntrySchema>;

export class Journal {
  readonly #file: number;

  constructor(path: string) {
    this.#file = openSync(path, "a", 0o600);
  }

  write(entry: Entry): void {
    writeSync(this.#file, `${JSON.stringify(entry)}\n`);
    fsyncSync(this.#file);
  }
}

/**
 * Reads a journal. Ignores a last line that a kill cut off; a window may be killed before it writes its
 * first.
 */
export function readJournal(path: string): readonly Entry[] {
  if (!existsSync(path)) return [];
  const lines = readFileSync(path, "utf8").split("\n");
  return lines.slice(0, -1).map((line) => v.parse(EntrySchema, JSON.parse(line)));
}
