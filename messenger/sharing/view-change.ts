/** What has changed in what a window shows, as it crosses to another: only what is new of people and chats. */
import * as v from "valibot";
import { accountSchema, chatSchema, peerSchema, personSchema, stateSchema } from "../values.ts";

export const viewChangeSchema = v.strictObject({
  state: v.exactOptional(stateSchema),
  account: v.exactOptional(v.nullable(accountSchema)),
  people: v.array(personSchema),
  peopleGone: v.array(peerSchema),
  chats: v.array(chatSchema),
  chatsGone: v.array(peerSchema),
  blocksClaimed: v.array(peerSchema),
  blocksNotClaimed: v.array(peerSchema),
});

/** As it crosses. */
export type ViewChange = v.InferInput<typeof viewChangeSchema>;
/** As it arrives. */
export type CheckedViewChange = v.InferOutput<typeof viewChangeSchema>;
