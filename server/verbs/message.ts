import { ProtocolError } from "../../protocol/errors.ts";
import { MAX_FRAME_BYTES } from "../../protocol/limits.ts";
import { messageIdFrom } from "../../protocol/names.ts";
import { ErrorCode, SealedMessageSchema } from "../../protocol/wire/parley_pb.ts";
import { Refusal } from "../gateway/refusal.ts";
import { words } from "../words/words.ts";
import { conversationOf, costOfBytes, verb } from "./verb.ts";

/** Beyond the cost of a message, since it is stored on disk. */
const COMMIT_COST = 10;

/** MESSAGE: a sealed message, or a commit. The server checks its frame, and forwards the body unchanged. */
export const message = verb({
  schema: SealedMessageSchema,
  maxBodyBytes: MAX_FRAME_BYTES,
  cost: ({ body }) => 10 + costOfBytes(body.length),
  handle(call, { conversation, id, sealed, commitEpoch }) {
    const conversationId = conversationOf({ conversation });
    const messageId = messageIdFrom(id);
    if (messageId === undefined || sealed.length === 0)
      throw new ProtocolError("bad-message", "a message has an id of 16 bytes and a content");
    const { maxSealedBytes } = call.services.limits;
    if (sealed.length > maxSealedBytes)
      throw new Refusal(ErrorCode.TOO_LARGE, words.refusals.message.tooLarge(maxSealedBytes), {
        conversation: conversationId,
      });
    const settle = call.settle(conversationId);
    const { switchboard } = call.services;
    if (commitEpoch === 0n) {
      switchboard.message(conversationId, messageId, call.user.name, call.body, settle);
      return;
    }
    if (!call.affords(COMMIT_COST)) return;
    const epoch = Number(commitEpoch);
    if (!Number.isSafeInteger(epoch + 1))
      throw new ProtocolError("bad-message", "no conversation gets that far");
    switchboard.commit(conversationId, { id: messageId, by: call.user.name, epoch }, call.body, settle);
  },
});
