/** A change of the view, sent to followers: only the new values of people and chats. */
import * as v from "valibot";
import { accountSchema, chatIdSchema, chatSchema, peerSchema, personSchema, stateSchema } from "../values.ts";

export const viewChangeSchema = v.strictObject({
  state: v.exactOptional(stateSchema),
  account: v.exactOptional(v.nullable(accountSchema)),
  people: v.array(personSchema),
  peopleGone: v.array(peerSchema),
  chats: v.array(chatSchema),
  chatsGone: v.array(chatIdSchema),
  blocksClaimed: v.array(peerSchema),
  blocksNotClaimed: v.array(peerSchema),
});

/** The form on the pipe. */
export type ViewChange = v.InferInput<typeof viewChangeSchema>;
/** The form after parsing. */
export type CheckedViewChange = v.InferOutput<typeof viewChangeSchema>;
