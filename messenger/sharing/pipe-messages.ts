/** The messages on the pipe between the leader and its followers, besides the calls. */
import * as v from "valibot";
import type { AnyEvent } from "../events.ts";
import type { Secret } from "../model.ts";
import type { ViewChange } from "./view-change.ts";

/** The most bytes of a call: the longest draft, with six bytes for each escaped character. */
export const MAX_CALL_BYTES = 2 * 1024 * 1024;
/** The most bytes of an answer or notification: a page of the longest messages, escaped. */
export const MAX_ANSWER_BYTES = 64 * 1024 * 1024;

/** The JSON-RPC error code for errors whose data is a Fault. */
export const FAULT = 1;

/** Windows of different versions do not connect to each other: after an update, a window waits until the others are reloaded. */
export const VERSION = process.env["PARLEY_VERSION"] ?? "source";

/** Leader to followers: the messenger's events, the view and its changes, and the secrets that the store was opened with. */
export type Notification =
  | AnyEvent
  | { readonly name: "view"; readonly value: ViewChange }
  | { readonly name: "secret"; readonly value: Secret };

/** Request from follower to leader, which answers unless it hangs. */
export const ALIVE = "alive";
/** Milliseconds between two such requests. */
export const ALIVE_EVERY_MS = 1_500;

/** Notification from follower to leader: whether the window has focus, and since or until when (Unix time, milliseconds). */
export const FOCUS = "focus";
export const focusSchema = v.strictObject({ focused: v.boolean(), at: v.number() });
export type Focus = v.InferOutput<typeof focusSchema>;
