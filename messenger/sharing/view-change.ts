/** A change of a window's view, as it crosses to another: only the new values of people and chats. */
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

/** As it crosses the pipe. */
export type ViewChange = v.InferInput<typeof viewChangeSchema>;
/** As it arrives, parsed. */
export type CheckedViewChange = v.InferOutput<typeof viewChangeSchema>;
