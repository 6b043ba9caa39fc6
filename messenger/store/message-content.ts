/** The sealed part of a message: its times and its body. */
import * as v from "valibot";
import type { MessageId } from "../../protocol/names.ts";
import { type Body, type Change, storedSchema } from "../kinds/body.ts";
import { messageIdSchema } from "../kinds/message-id.ts";
import { countSchema } from "../values.ts";
import type { ChatNumber, PersonNumber } from "./numbers.ts";
import { SealError, type StoreKey } from "./seal.ts";

export const ContentSchema = v.object({
  at: countSchema,
  claimedAt: v.optional(countSchema),
  storedAt: countSchema,
  sentAt: v.optional(countSchema),
  passedOver: v.optional(v.literal(true)),
  latest: countSchema,
  replyTo: v.optional(messageIdSchema),
  thread: v.optional(messageIdSchema),
  via: v.optional(v.string()),
  edited: v.optional(v.object({ times: countSchema, at: countSchema })),
  body: storedSchema,
});

export interface StoredContent<Data extends Body | Change = Body | Change> {
  /** Unix time, milliseconds, by the sender's clock, but not later than its arrival. */
  readonly at: number;
  /** For a received message: the time by the sender's clock, if it is later than `at`. */
  readonly claimedAt?: number | undefined;
  /** The time of storing, by this computer's clock. */
  readonly storedAt: number;
  /** For an outgoing message: the time of the last confirmation by the server or a receiver, by this computer's clock; undefined before. */
  readonly sentAt?: number | undefined;
  /** For an outgoing message: receipts have passed it over, and it was sealed again once. */
  readonly passedOver?: true | undefined;
  /** The latest `at` of this message and all earlier ones in the chat, since times need not be in order. */
  readonly latest: number;
  /** The message that it replies to. */
  readonly replyTo?: MessageId | undefined;
  /** The message that begins its thread, and the program that wrote it for its author: stored, and not shown yet. */
  readonly thread?: MessageId | undefined;
  readonly via?: string | undefined;
  /** For an edited message: the newest revision, and its time. */
  readonly edited?: { readonly times: number; readonly at: number } | undefined;
  readonly body: Data;
}

/** Shown for a message with a damaged row. */
export const DAMAGED: StoredContent<Body> = {
  at: 0,
  storedAt: 0,
  latest: 0,
  body: { kind: "event", event: "undecryptable" },
};

/** The place that a content is bound to: it can only be opened in its own row, with its author and chat. */
export interface ContentPlace {
  readonly chat: ChatNumber;
  readonly position: number;
  readonly by: PersonNumber | null;
}

function placeOf({ chat, position, by }: ContentPlace) {
  return { table: "message", column: "body", row: `${chat} ${position} ${by ?? ""}` };
}

export function sealContent(
  key: StoreKey,
  place: ContentPlace,
  { at, claimedAt, storedAt, sentAt, passedOver, latest, replyTo, thread, via, edited, body }: StoredContent,
): Uint8Array {
  const content = { at, claimedAt, storedAt, sentAt, passedOver, latest, replyTo, thread, via, edited, body };
  return key.seal(Buffer.from(JSON.stringify(content), "utf8"), placeOf(place));
}

/** @returns DAMAGED for a row that does not open or parse, so that one row cannot make the history unreadable */
export function openContent(key: StoreKey, place: ContentPlace, sealed: Uint8Array): StoredContent {
  try {
    const json: unknown = JSON.parse(Buffer.from(key.open(sealed, placeOf(place))).toString("utf8"));
    return v.parse(ContentSchema, json);
  } catch (error) {
    if (!(error instanceof SealError || error instanceof SyntaxError || error instanceof v.ValiError))
      throw error;
    return DAMAGED;
  }
}
