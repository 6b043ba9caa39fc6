/** The messages on the pipe between the leader and its followers, besides the calls. */
import * as v from "valibot";
import type { AnyEvent } from "../events.ts";
import type { Secret } from "../model.ts";
import type { ViewChange } from "./view-change.ts";

/** Bytes of one call: the longest draft, every character escaped in six. */
export const MAX_CALL_BYTES = 2 * 1024 * 1024;
/** Bytes of one answer or notification: a page of the longest messages, escaped. */
export const MAX_ANSWER_BYTES = 64 * 1024 * 1024;

/** The code of a JSON-RPC error whose data is a Fault. */
export const FAULT = 1;

/** Windows of two versions do not connect to each other: after an update each waits until the others are reloaded. */
export const VERSION = process.env["PARLEY_VERSION"] ?? "source";

/** Leader to followers: the messenger's events, the view and its changes, and the secrets that the store was opened with. */
export type Notification =
  | AnyEvent
  | { readonly name: "view"; readonly value: ViewChange }
  | { readonly name: "secret"; readonly value: Secret };

/** Follower to leader, a request: it is answered as long as the leader does not hang. */
export const ALIVE = "alive";
/** Between two such requests, milliseconds. */
export const ALIVE_EVERY_MS = 1_500;

/** Follower to leader, a notification: whether that window has focus, and since when or until when, Unix time in milliseconds. */
export const FOCUS = "focus";
export const focusSchema = v.strictObject({ focused: v.boolean(), at: v.number() });
export type Focus = v.InferOutput<typeof focusSchema>;
