/** The group of a chat: which conversation is in use, and the agreement on the next one. One sealed row a chat, held in memory. */
import * as v from "valibot";
import { type ConversationId, type MessageId, parseConversationId } from "../../protocol/names.ts";
import { messageIdSchema } from "../kinds/message-id.ts";
import { countSchema } from "../values.ts";
import { base64, base64Bytes } from "./columns.ts";

export interface GroupRecord {
  /** The conversation that messages are sealed for. */
  readonly current?: ConversationId | undefined;
  /** The one being agreed on. */
  readonly pending?: ConversationId | undefined;
  /** The keys of `current` are of no use any more. */
  readonly lost?: boolean | undefined;
  /** While accepting: the result of prepareToJoin. Secret. */
  readonly joining?: { readonly keyPackage: Uint8Array; readonly secret: Uint8Array } | undefined;
  /** Some of mine wait to be sealed, in the next conversation. */
  readonly unsealed?: boolean | undefined;
  /** Mine from this position on that have no receipt go again when the conversation's keys are lost. */
  readonly undeliveredFrom?: number | undefined;
  /** Our own commit that the server refused since another's had come first, which then must arrive. */
  readonly staleCommit?: MessageId | undefined;
  /** When conversations were agreed on anew by the programs alone, lately. Unix time, milliseconds. */
  readonly renewals?: readonly number[] | undefined;
}

export const NO_GROUP: GroupRecord = {};

const conversationId = v.custom<ConversationId>(
  (value) => typeof value === "string" && parseConversationId(value) !== undefined,
);

/** A group as JSON, the same on disk and in a backup. */
export const GroupSchema = v.object({
  current: v.optional(conversationId),
  pending: v.optional(conversationId),
  lost: v.optional(v.boolean()),
  joining: v.optional(v.object({ keyPackage: base64Bytes, secret: base64Bytes })),
  unsealed: v.optional(v.boolean()),
  undeliveredFrom: v.optional(countSchema),
  staleCommit: v.optional(messageIdSchema),
  renewals: v.optional(v.array(v.number())),
});

export function groupJson({ joining, renewals, ...plain }: GroupRecord): v.InferInput<typeof GroupSchema> {
  return {
    ...plain,
    renewals: renewals?.slice(),
    joining: joining && { keyPackage: base64(joining.keyPackage), secret: base64(joining.secret) },
  };
}
