/** Requests to a window process and its answers, one line of JSON each. */
import * as v from "valibot";
import { ShownSchema } from "./journal.ts";

export const SetupSchema = v.object({
  directory: v.string(),
  vault: v.string(),
  journal: v.string(),
  /** A folder for files in the clear. */
  files: v.string(),
  clockMs: v.number(),
});
export type Setup = v.InferOutput<typeof SetupSchema>;

const CommandSchema = v.variant("do", [
  v.object({ do: v.literal("join"), link: v.string(), name: v.string() }),
  /** Sends a request, or accepts the other's. */
  v.object({ do: v.literal("talk"), peer: v.string() }),
  /** A message that cannot be stored is answered with an error, and journalled. */
  v.object({ do: v.literal("say"), peer: v.string(), text: v.string(), replyTo: v.optional(v.number()) }),
  /** Sends a file of that name, whose bytes follow from its name. */
  v.object({ do: v.literal("sendFile"), peer: v.string(), name: v.string(), bytes: v.number() }),
  /** Fetches a file, and checks its bytes. */
  v.object({ do: v.literal("fetch"), peer: v.string(), back: v.number() }),
  /** Fetches all files, and checks their bytes. */
  v.object({ do: v.literal("fetchAll") }),
  /** Edits, deletes or marks a message. `back` counts the possible ones from the newest, which is 0. */
  v.object({ do: v.literal("edit"), peer: v.string(), back: v.number(), version: v.number() }),
  v.object({ do: v.literal("delete"), peer: v.string(), back: v.number() }),
  v.object({
    do: v.literal("react"),
    peer: v.string(),
    back: v.number(),
    emoji: v.string(),
    on: v.boolean(),
  }),
  /** Sends failed messages, changes and files again. */
  v.object({ do: v.literal("retry"), peer: v.string() }),
  v.object({ do: v.literal("markRead") }),
  v.object({ do: v.literal("setClock"), offsetMs: v.number() }),
  /** Dies at that moment; `commits` is 1 for the next commit. */
  v.object({
    do: v.literal("dieAt"),
    moment: v.picklist(["before commit", "after commit"]),
    commits: v.number(),
  }),
  v.object({ do: v.literal("look") }),
  v.object({ do: v.literal("histories") }),
  v.object({ do: v.literal("close") }),
]);
export type Command = v.InferOutput<typeof CommandSchema>;

export const LookSchema = v.object({
  state: v.string(),
  /** Keyed by peer. */
  phases: v.record(v.string(), v.string()),
  /** This user's messages, changes and files without a tick that have not failed. */
  unsettled: v.number(),
  /** Those among them that the server has not accepted yet. */
  unsent: v.number(),
});
export type Look = v.InferOutput<typeof LookSchema>;
export const HistoriesSchema = v.record(v.string(), v.array(ShownSchema));

export const QuestionSchema = v.object({ id: v.number(), command: CommandSchema });
export const AnswerSchema = v.union([
  v.object({ id: v.number(), result: v.unknown() }),
  v.object({ id: v.number(), code: v.string() }),
]);
