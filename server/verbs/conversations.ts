/**
 * CONVERSATIONS: lets a client that lost its store list the conversations that the server still has, and end
 * them (NOTIFY with LOST_STATE). Otherwise nobody would notice that confirmed messages were lost.
 * Conversations with people whom the user has blocked are left out, since an end would reveal the user's
 * presence to them.
 */
import { create, toBinary } from "@bufbuild/protobuf";
import { MAX_LISTED_CONVERSATIONS } from "../../protocol/limits.ts";
import { idBytes } from "../../protocol/names.ts";
import { ConversationListSchema, ConversationQuestionSchema, Opcode } from "../../protocol/wire/parley_pb.ts";
import { MAX_SMALL_BODY_BYTES } from "../limits.ts";
import { conversationOf, verb } from "./verb.ts";

export const conversations = verb({
  schema: ConversationQuestionSchema,
  maxBodyBytes: MAX_SMALL_BODY_BYTES,
  // Some milliseconds for a person who talks with a thousand people; used once in a store's life.
  cost: () => 400,
  handle(call, { after }) {
    const last = after.length === 0 ? undefined : conversationOf({ conversation: after });
    const ids = call.services.store.conversations.established(call.user.name, last, MAX_LISTED_CONVERSATIONS);
    const list = create(ConversationListSchema, { conversations: ids.map(idBytes) });
    call.answer(Opcode.CONVERSATIONS, toBinary(ConversationListSchema, list));
  },
});
