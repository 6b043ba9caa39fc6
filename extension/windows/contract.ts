/** What crosses the pipe between the window that holds the account and the others, besides the verbs. */
import * as v from "valibot";
import {
  archivingSchema,
  messageSchema,
  personSchema,
  removedSchema,
  secretSchema,
  vaultSchema,
} from "./values.ts";
import { viewChangeSchema } from "./view-change.ts";

/** Of one question: the longest draft, every character escaped in six. */
export const MAX_QUESTION_BYTES = 2 * 1024 * 1024;
/** Of one answer or tiding: a page of the longest messages, escaped. */
export const MAX_ANSWER_BYTES = 64 * 1024 * 1024;

/** The code of a JSON-RPC error whose data is a Fault. */
export const FAULT = 1;

/** Windows of two versions do not talk with each other: after an update each waits until the others are reloaded. */
export const VERSION = process.env["PARLEY_VERSION"] ?? "source";

/** Owner to followers. */
export const TIDINGS = {
  view: viewChangeSchema,
  message: messageSchema,
  updated: messageSchema,
  removed: removedSchema,
  /** To one follower only: the user is to be told there. */
  tell: messageSchema,
  request: personSchema,
  secret: secretSchema,
  archiving: archivingSchema,
  locked: v.strictObject({}),
  vault: vaultSchema,
} as const satisfies Record<string, v.GenericSchema>;
export type Tiding = keyof typeof TIDINGS;
export type TidingOf<T extends Tiding> = v.InferInput<(typeof TIDINGS)[T]>;

/** Follower to owner, a question: it answers as long as it is not hung. */
export const ALIVE = "alive";
/** Between two such questions, milliseconds. */
export const ALIVE_EVERY_MS = 1_500;

/** Follower to owner: whether somebody is looking at that window, and since when or until when, Unix time in milliseconds. */
export const FOCUS = "focus";
export const focusSchema = v.strictObject({ focused: v.boolean(), at: v.number() });
export type Focus = v.InferOutput<typeof focusSchema>;
